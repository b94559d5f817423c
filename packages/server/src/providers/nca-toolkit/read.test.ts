import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { InboundCallback } from '../provider.ts'
import { readCallback } from './read.ts'

function callback(body: unknown): InboundCallback {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
  return { method: 'POST', headers: {}, body: bytes, hints: {} }
}

const read = (body: unknown) => readCallback(callback(body))

const ours = 'exp_01hzy3v9d6e8r9t0vwxyzabcde'
const jobId = '4b7c1c0e-6f0f-4a0e-9a39-1f5a3f1f7d11'
const url = 'https://files.example.org/bucket/4b7c_output_0.mp4'

/** The final envelope as the toolkit sends it. */
function envelope(more: Record<string, unknown> = {}) {
  return {
    endpoint: '/v1/ffmpeg/compose',
    code: 200,
    id: ours,
    job_id: jobId,
    response: [{ file_url: url }],
    message: 'success',
    pid: 17,
    queue_id: 140_368_864_456_064,
    run_time: 13.5,
    queue_time: 0.2,
    total_time: 13.7,
    queue_length: 0,
    build_number: 209,
    ...more,
  }
}

const succeeded = (output: unknown, externalId: string | null = ours) => ({
  kind: 'outcome',
  externalId,
  outcome: { verdict: 'succeeded', output },
})

describe('a callback that succeeded', () => {
  test.each<[string, unknown, unknown]>([
    ['a list of objects', [{ file_url: url }], { urls: [url] }],
    ['a plain string', url, { urls: [url] }],
    ['a list of strings', [url, `${url}?2`], { urls: [url, `${url}?2`] }],
    ['an object', { file_url: url }, { urls: [url] }],
    ['an object with `url`', { url }, { urls: [url], raw: { url } }],
    ['JSON inside a string', JSON.stringify([{ file_url: url }]), { urls: [url] }],
    ['the same address twice', [url, { file_url: url }], { urls: [url] }],
    [
      'metadata beside the address',
      [{ file_url: url, thumbnail_url: `${url}.jpg`, filesize: 7 }],
      { urls: [url], raw: [{ file_url: url, thumbnail_url: `${url}.jpg`, filesize: 7 }] },
    ],
    [
      'a transcript that was stored',
      { text: null, srt: null, segments: null, text_url: `${url}.txt`, srt_url: `${url}.srt`, segments_url: null },
      {
        urls: [`${url}.txt`, `${url}.srt`],
        raw: expect.objectContaining({ text: null }),
      },
    ],
    [
      'a transcript inline',
      { text: 'Ahoy', srt: null, segments: null, text_url: null, srt_url: null, segments_url: null },
      { urls: [], raw: expect.objectContaining({ text: 'Ahoy' }) },
    ],
    ['a transcript of silence', { text: '' }, { urls: [], raw: { text: '' } }],
  ])('with %s', (_, response, output) => {
    expect(read(envelope({ response }))).toEqual(succeeded(output))
  })

  test('in a list of one, or in a string, or with the code as a text', () => {
    expect(read([envelope()])).toEqual(succeeded({ urls: [url] }))
    expect(read(JSON.stringify(JSON.stringify(envelope())))).toEqual(succeeded({ urls: [url] }))
    expect(read(envelope({ code: '200' }))).toEqual(succeeded({ urls: [url] }))
  })

  test('and says so in other words than `success` is believed its code', () => {
    expect(read(envelope({ message: { note: 'fine' } }))).toEqual(succeeded({ urls: [url] }))
  })
})

describe('the id that a callback is found by', () => {
  test.each<[string, Record<string, unknown>, string | null]>([
    ['our own, also where the job id is another (Cloud Run)', { job_id: 'another' }, ours],
    ['our own, where there is no job id', { job_id: undefined }, ours],
    ['the job id, where ours is null', { id: null }, jobId],
    ['the job id, where the caller put a word of its own', { id: 'recAbc123' }, jobId],
    ['the caller’s word, where there is no job id', { id: 'recAbc123', job_id: null }, 'recAbc123'],
    ['none, where both are null: the address tells', { id: null, job_id: null }, null],
    ['none, where both are empty', { id: ' ', job_id: '' }, null],
  ])('is %s', (_, ids, externalId) => {
    expect(read(envelope(ids))).toEqual(succeeded({ urls: [url] }, externalId))
  })
})

describe('a callback that failed', () => {
  const failed = (message: unknown, code: unknown = 500, more: Record<string, unknown> = {}) =>
    read(envelope({ code, message, response: null, ...more }))

  test.each<[string, unknown, object]>([
    ['a text', 'No space left on device', { message: 'No space left on device', retryable: true }],
    ['an object with `error`', { error: 'worker died' }, { message: 'worker died', retryable: true }],
    ['an object of its own', { reason: 7 }, { message: '{"reason":7}', retryable: true }],
    ['nothing', null, { message: expect.stringContaining('did not say why'), retryable: true }],
    ['an empty object', {}, { message: expect.stringContaining('did not say why'), retryable: true }],
    [
      'an input that is gone',
      '404 Client Error: Not Found for url: https://files.example.org/gone.mp4',
      { retryable: false },
    ],
    ['an input that is no video', 'x.mp4: Invalid data found when processing input', { retryable: false }],
    ['a filter without its stream', "Stream specifier ':a' matches no streams.", { retryable: false }],
  ])('with %s for a message', (_, message, error) => {
    expect(failed(message)).toEqual({
      kind: 'outcome',
      externalId: ours,
      outcome: { verdict: 'failed', error: { code: '500', ...error, message: expect.any(String) } },
    })
    expect(failed(message)).toMatchObject({ outcome: { error } })
  })

  test('with 4xx was wrong as a request, and will be again', () => {
    expect(failed('Font not available', 400)).toMatchObject({ outcome: { error: { code: '400', retryable: false } } })
    expect(failed('Too many', '429')).toMatchObject({ outcome: { error: { code: '429', retryable: true } } })
  })

  test('counts as failed whatever it brings along, and whatever it says', () => {
    expect(read(envelope({ code: 500 }))).toMatchObject({ outcome: { verdict: 'failed' } })
  })

  test('without a job id, as Cloud Run sends it, is found by ours', () => {
    expect(failed('boom', 500, { job_id: undefined })).toMatchObject({ externalId: ours })
  })

  test('says `error` beside the message in older builds', () => {
    expect(failed(undefined, 500, { error: 'older words' })).toMatchObject({
      outcome: { error: { message: 'older words' } },
    })
  })
})

test('a callback about work that goes on is progress', () => {
  expect(read({ code: 202, id: ours, job_id: jobId, message: 'processing' })).toEqual({
    kind: 'progress',
    externalId: ours,
  })
})

describe('what nobody knows how to read is unreadable, never a failure and never a success', () => {
  test.each<[string, unknown]>([
    ['no code', envelope({ code: undefined })],
    ['a code that is no number', envelope({ code: 'fine' })],
    ['a code that is not known', envelope({ code: 207 })],
    ['a redirect for a code', envelope({ code: 302 })],
    ['success without a response', envelope({ response: null })],
    ['success with an empty list', envelope({ response: [] })],
    ['success with an empty string', envelope({ response: '' })],
    ['success with a string that is no address', envelope({ response: 'output.mp4' })],
    ['success with an address that is no web address', envelope({ response: 'file:///etc/passwd' })],
    ['success with one output of two', envelope({ response: [{ file_url: url }, { file_url: null }] })],
    ['success with an object of another kind', envelope({ response: { error: 'what?' } })],
    ['a list of two', [envelope(), envelope()]],
    ['an empty list', []],
    ['a number', 7],
    ['null', 'null'],
    ['no JSON', 'ok'],
    ['nothing', ''],
    ['bytes that are no text', Buffer.from([0xff, 0xfe, 0x00])],
  ])('%s', (_, body) => {
    expect(read(body)).toEqual({ kind: 'unreadable', reason: expect.any(String) })
  })
})

describe('rubbish', () => {
  test('of any bytes gets a reading', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(read(Buffer.from(bytes)).kind).toBe('unreadable')
      }),
    )
  })

  test('in the shape of an envelope gets a reading, success only with code 200, and only addresses that can be fetched', () => {
    const scrap = fc.oneof(
      fc.jsonValue(),
      fc.webUrl(),
      fc.array(fc.record({ file_url: fc.oneof(fc.webUrl(), fc.jsonValue()) })),
    )
    const bodies = fc.record(
      {
        code: fc.oneof(fc.integer({ min: 0, max: 999 }), fc.constant('200'), fc.constant(200), fc.jsonValue()),
        id: fc.jsonValue(),
        job_id: fc.jsonValue(),
        response: scrap,
        message: fc.jsonValue(),
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(bodies, (body) => {
        const reading = read(body)
        expect(['outcome', 'progress', 'unreadable']).toContain(reading.kind)
        if (reading.kind !== 'outcome') return
        if (reading.outcome.verdict === 'failed') {
          expect(reading.outcome.error.message.length).toBeLessThanOrEqual(300)
          return
        }
        expect(String(body.code).trim()).toBe('200')
        const { output } = reading.outcome
        if (typeof output !== 'object' || output === null || !('urls' in output)) throw new Error('no urls')
        for (const each of Array.isArray(output.urls) ? output.urls : []) {
          expect(new URL(String(each)).protocol).toMatch(/^https?:$/)
        }
      }),
      { numRuns: 500 },
    )
  })
})
