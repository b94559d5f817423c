import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { InboundCallback } from '../provider.ts'
import { readCallback, readEventId } from './read.ts'

function callback(body: unknown, headers: Record<string, string> = {}): InboundCallback {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
  return { method: 'POST', headers, body: bytes, hints: {} }
}

const read = (body: unknown, headers?: Record<string, string>) => readCallback(callback(body, headers))

const succeeded = (output: unknown, externalId: string | null = null) => ({
  kind: 'outcome',
  externalId,
  outcome: { verdict: 'succeeded', output },
})

function event(type: string, data: unknown = { id: 'j1', job_id: 'j1' }) {
  return { event_id: 'e1', event_type: type, timestamp: 1_764_000_000.5, data }
}

test('a success without text needs the id: from itself, or from whoever knows it', () => {
  expect(read(event('parse.success'))).not.toHaveProperty('needsExternalId')
  expect(read(event('parse.success', { id: null, job_id: null }))).toMatchObject({ needsExternalId: true })
  expect(read(event('parse.success', { status: 'COMPLETED' }))).toMatchObject({ needsExternalId: true })
  expect(read(event('parse.error', { id: null }))).not.toHaveProperty('needsExternalId')
})

describe('v1 callbacks', () => {
  test('bring the Markdown and no id', () => {
    const body = { txt: 'plain', md: '# Title', json: [{ page: 1, md: '# Title' }], images: [] }
    expect(read(body)).toEqual(succeeded({ markdown: '# Title' }))
  })

  test('with empty text are a success with empty Markdown, to be judged later', () => {
    expect(read({ txt: '', md: '', json: [], images: [] })).toEqual(succeeded({ markdown: '' }))
  })

  test('fall back to the plain text, then to the pages', () => {
    expect(read({ txt: 'plain', md: '' })).toEqual(succeeded({ markdown: 'plain' }))
    const json = [
      { page: 1, md: 'one' },
      { page: 2, text: 'two' },
      { page: 3, images: [] },
    ]
    expect(read({ md: null, txt: null, json })).toEqual(succeeded({ markdown: 'one\n\ntwo' }))
  })

  test('with ids that are null leave the match to the URL', () => {
    expect(read({ id: null, job_id: null, md: 'x' })).toEqual(succeeded({ markdown: 'x' }))
  })

  test('may hold the content under `result`, as an object, as pages, as text', () => {
    expect(read({ job_id: 'j1', status: 'completed', result: { md: 'x' } })).toEqual(succeeded({ markdown: 'x' }, 'j1'))
    expect(read({ status: 'OK', result: [{ md: 'x' }, { parsed_content: 'y' }] })).toEqual(
      succeeded({ markdown: 'x\n\ny' }),
    )
    expect(read({ result: 'x' })).toEqual(succeeded({ markdown: 'x' }))
    expect(read({ result: '{"md":"x"}' })).toEqual(succeeded({ markdown: 'x' }))
    expect(read({ status: 'OK', result: [] })).toEqual(succeeded({ markdown: '' }))
  })

  test('keep a text that looks like JSON as it is', () => {
    expect(read({ md: '{"text": "x"}' })).toEqual(succeeded({ markdown: '{"text": "x"}' }))
    expect(read({ result: '[1]' })).toEqual(succeeded({ markdown: '[1]' }))
  })
})

describe('v2 callbacks', () => {
  const thin = (partial = {}) => ({
    kind: 'outcome',
    externalId: 'j1',
    outcome: { verdict: 'succeeded', output: { ref: 'j1', ...partial }, providerTime: '2025-11-24T16:00:00.500Z' },
  })

  test('name the job whose text is to be collected, and the time', () => {
    expect(read(event('parse.success'))).toEqual(thin())
    expect(read(event('parse.partial_success'))).toEqual(thin({ partial: true }))
  })

  test('are read as a list with the object in it, and as JSON inside a string', () => {
    expect(read([event('parse.success')])).toEqual(thin())
    expect(read(JSON.stringify(JSON.stringify(event('parse.success'))))).toEqual(thin())
    expect(read(JSON.stringify(JSON.stringify([event('parse.success')])))).toEqual(thin())
    expect(read(event('parse.success', JSON.stringify({ job_id: 'j1' })))).toEqual(thin())
    expect(read(event('parse.success', [{ job_id: 'j1' }]))).toEqual(thin())
  })

  test('take the event from the header where the body has none, and believe the body where both have one', () => {
    const header = { 'x-webhook-event-type': 'parse.error' }
    expect(read({ data: { job_id: 'j1' } }, header)).toMatchObject({ outcome: { verdict: 'failed' } })
    expect(read(event('parse.success'), header)).toMatchObject({ outcome: { verdict: 'succeeded' } })
  })

  test.each([{ id: null, job_id: null }, { project_id: 'p' }, { job_id: '' }, { id: 'j9', job_id: null }])(
    'without a job id (%j) leave the match to the URL',
    (data) => {
      expect(read(event('parse.success', data))).toMatchObject({ externalId: null })
    },
  )

  test('never take the id of the event for the id of the job', () => {
    expect(read({ id: 'evt_1', event_type: 'parse.success', data: {} })).toMatchObject({ externalId: null })
    expect(read({ id: 'j1', status: 'SUCCESS' })).toMatchObject({ externalId: 'j1' })
  })

  test.each(['parse.pending', 'parse.running'])('%s reports progress', (type) => {
    expect(read(event(type))).toEqual({ kind: 'progress', externalId: 'j1' })
  })

  test('report failures with the provider’s own code and words', () => {
    const data = { job_id: 'j1', status: 'FAILED', error_code: 'PDF_IS_ENCRYPTED', error_message: 'needs a password' }
    expect(read(event('parse.error', data))).toMatchObject({
      outcome: {
        verdict: 'failed',
        error: { code: 'PDF_IS_ENCRYPTED', message: 'needs a password', retryable: false },
      },
    })
    const named = { job_id: 'j1', error_message: 'PDF_IS_BROKEN: it was cut off' }
    expect(read(event('parse.error', named))).toMatchObject({
      outcome: { error: { code: 'PDF_IS_BROKEN', retryable: false } },
    })
    const other = { job_id: 'j1', error: { code: 'INTERNAL_ERROR', message: 'sorry' } }
    expect(read(event('parse.error', other))).toMatchObject({
      outcome: { error: { code: 'INTERNAL_ERROR', message: 'sorry', retryable: true } },
    })
    expect(read(event('parse.cancelled'))).toMatchObject({
      outcome: { error: { code: 'CANCELLED', retryable: false } },
    })
  })
})

describe('status words', () => {
  test.each(['COMPLETED', 'completed', 'Success', 'OK', 'ok', 'done', 'PARTIAL_SUCCESS', 'partial-success'])(
    '%s is a success',
    (status) => {
      expect(read({ job_id: 'j1', status })).toMatchObject({ outcome: { verdict: 'succeeded' } })
    },
  )

  test.each(['ERROR', 'failed', 'CANCELLED', 'canceled'])('%s is a failure', (status) => {
    expect(read({ job_id: 'j1', status, md: 'x' })).toMatchObject({ outcome: { verdict: 'failed' } })
  })

  test.each(['PENDING', 'running', 'in progress'])('%s is progress', (status) => {
    expect(read({ job_id: 'j1', status })).toEqual({ kind: 'progress', externalId: 'j1' })
  })

  test.each<unknown>(['wunderbar', 'constructor', '__proto__', 500, true, { a: 1 }])(
    '%j is known to nobody: never a failure, never a success',
    (status) => {
      expect(read({ job_id: 'j1', status, md: 'x' })).toMatchObject({ kind: 'unreadable' })
    },
  )
})

describe('what cannot be read says why', () => {
  test.each<[string, unknown, RegExp]>([
    ['nothing', '', /empty/],
    ['no JSON', '<html>', /not JSON/],
    ['no UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), /not UTF-8/],
    ['a number', '7', /neither an object nor a list/],
    ['an empty object', {}, /neither a status/],
    ['an empty list', [], /list of 0/],
    ['several events', [event('parse.success'), event('parse.error')], /list of 2/],
    ['an error without a status', { error: 'oh' }, /neither a status/],
    ['an unknown event', event('parse.flown'), /not known/],
    ['another product’s event', event('extract.success'), /not about parsing/],
    ['a contradiction', event('parse.success', { job_id: 'j1', status: 'FAILED' }), /contradict/],
    ['nesting without end', '['.repeat(50_000) + ']'.repeat(50_000), /./],
  ])('%s', (_, body, reason) => {
    expect(read(body)).toEqual({ kind: 'unreadable', reason: expect.stringMatching(reason) })
  })
})

describe('the event id', () => {
  test('is the body’s, which is signed, else the header’s', () => {
    expect(readEventId(callback(event('parse.success'), { 'x-webhook-event-id': 'h1' }))).toBe('e1')
    expect(readEventId(callback([event('parse.success')]))).toBe('e1')
    expect(readEventId(callback({ md: 'x' }, { 'x-webhook-event-id': 'h1' }))).toBe('h1')
    expect(readEventId(callback('rubbish', { 'x-webhook-event-id': 'h1' }))).toBe('h1')
    expect(readEventId(callback({ md: 'x' }))).toBeNull()
  })
})

describe('whatever comes', () => {
  const kinds = ['outcome', 'progress', 'unreadable']
  const headers = fc.dictionary(fc.constantFrom('x-webhook-event-type', 'x-webhook-event-id'), fc.string())

  test('any bytes get a reading', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), headers, (bytes, with_) => {
        const inbound = callback(Buffer.from(bytes), with_)
        expect(kinds).toContain(readCallback(inbound).kind)
        readEventId(inbound)
      }),
    )
  })

  test('any JSON gets a reading, also where the known names hold anything', () => {
    const names = fc.constantFrom(
      'event_id',
      'event_type',
      'timestamp',
      'data',
      'job',
      'job_id',
      'id',
      'status',
      'result',
      'md',
      'txt',
      'json',
      'pages',
      'markdown',
      'error',
      'error_message',
      'error_code',
    )
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom<unknown>('parse.success', 'COMPLETED', 'ERROR', 'RUNNING', '', null, 0, 1e308, '{"md":"x"}'),
        fc.string(),
        fc.double(),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(names, tie('value'), { maxKeys: 6 }),
      ),
    }))
    fc.assert(
      fc.property(value, headers, (body, with_) => {
        const reading = readCallback(callback(Buffer.from(JSON.stringify(body)), with_))
        expect(kinds).toContain(reading.kind)
        if (reading.kind === 'unreadable') expect(reading.reason.length).toBeGreaterThan(0)
        else expect(reading.externalId === null || reading.externalId.length > 0).toBe(true)
      }),
      { numRuns: 500 },
    )
  })
})
