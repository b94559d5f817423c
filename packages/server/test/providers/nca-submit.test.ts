/** Submits to the NCA Toolkit over real HTTP, and what their answers mean. */
import { describe, expect, test } from 'vitest'
import { ncaToolkit } from '../../src/providers/nca-toolkit/nca-toolkit.ts'
import type { SubmitRequest } from '../../src/providers/provider.ts'
import { createBench, signal } from './bench.ts'

const bench = createBench()

const clientId = 'exp_01hzy3v9d6e8r9t0vwxyzabcde'
const request: SubmitRequest = {
  operation: 'concatenate',
  input: { videoUrls: ['https://files.example.org/a.mp4'] },
  callbackUrl: 'http://127.0.0.1:9/in/nca/t/token',
  key: 'k1',
  clientId,
}
const queued = { code: 202, id: clientId, job_id: 'j1', message: 'processing', queue_length: 1 }
const final = {
  endpoint: '/v1/video/concatenate',
  code: 200,
  id: clientId,
  job_id: 'j1',
  response: 'https://files.example.org/bucket/j1.mp4',
  message: 'success',
}

describe('the submit', () => {
  async function submitted(more: Partial<SubmitRequest> = {}, options: Record<string, unknown> = {}) {
    const seen: { path: string; key: unknown; type: unknown; body: unknown }[] = []
    const { baseUrl } = await bench.fake((app) => {
      app.post('/*', ({ url, headers, body }, reply) => {
        seen.push({ path: url, key: headers['x-api-key'], type: headers['content-type'], body })
        return reply.code(202).send(queued)
      })
    })
    const answer = await bench.source(ncaToolkit, { baseUrl, options }).submit?.({ ...request, ...more }, signal)
    return { answer, seen }
  }

  test('carries the key, our id, and the address to call back', async () => {
    const { answer, seen } = await submitted()
    expect(answer).toEqual({ kind: 'accepted', externalId: 'j1' })
    expect(seen).toEqual([
      {
        path: '/v1/video/concatenate',
        key: 'test-key',
        type: 'application/json',
        body: {
          video_urls: [{ video_url: 'https://files.example.org/a.mp4' }],
          id: clientId,
          webhook_url: request.callbackUrl,
        },
      },
    ])
  })

  test('asks to be queued without a callback where nobody is to be called back', async () => {
    const byRequest = await submitted({ callbackUrl: undefined })
    const byOption = await submitted({}, { callbacks: false })
    for (const { seen } of [byRequest, byOption]) expect(seen).toMatchObject([{ body: { webhook_url: '' } }])
  })

  test('goes where the operation is at home, or where the source says', async () => {
    const input = { videoUrls: ['https://files.example.org/a.mp4', 'https://files.example.org/b.mp4'] }
    const composed = await submitted({ operation: 'combine', input })
    const legacy = await submitted({ operation: 'combine', input }, { combine: 'legacy' })
    const configured = await submitted({}, { routes: { concatenate: '/v2/join' } })
    const paths = [composed, legacy, configured].map(({ seen }) => seen[0]?.path)
    expect(paths).toEqual(['/v1/ffmpeg/compose', '/combine-videos', '/v2/join'])
  })

  test('with a wrong input, or of an operation that is none, calls nobody', async () => {
    const wrong = await submitted({ input: { videoUrl: 'https://files.example.org/a.mp4' } })
    expect(wrong.answer).toMatchObject({
      kind: 'refused',
      error: { code: 'INPUT_INVALID', message: expect.stringContaining('did you mean'), retryable: false },
    })
    const unknown = await submitted({ operation: 'constructor' })
    expect(unknown.answer).toMatchObject({ kind: 'refused', error: { code: 'OPERATION_UNKNOWN' } })
    expect([...wrong.seen, ...unknown.seen]).toEqual([])
  })
})

describe('the answer to a submit', () => {
  async function answerOf(status: number, body: unknown, headers: Record<string, string> = {}) {
    const { baseUrl } = await bench.fake((app) => {
      app.post('/*', (_, reply) => reply.code(status).headers(headers).send(body))
    })
    return bench.source(ncaToolkit, { baseUrl }).submit?.(request, signal)
  }

  const succeeded = { verdict: 'succeeded', output: { urls: [final.response] } }

  test.each<[string, number, unknown, object]>([
    ['202: queued', 202, queued, { kind: 'accepted', externalId: 'j1' }],
    ['202 with null ids', 202, { ...queued, id: null, job_id: null }, { kind: 'accepted', externalId: null }],
    ['200 that says 202', 200, queued, { kind: 'accepted', externalId: 'j1' }],
    ['200: done at once', 200, final, { kind: 'answered', externalId: 'j1', outcome: succeeded }],
    ['200 in a list', 200, [final], { kind: 'answered', externalId: 'j1', outcome: succeeded }],
    ['200 without a job id', 200, { ...final, job_id: null }, { kind: 'answered', externalId: null }],
    [
      '200 that is handed to Cloud Run',
      200,
      { id: clientId, job_id: 'j1', message: { execution_name: 'e1', job_submitted: true }, build_number: 209 },
      { kind: 'accepted', externalId: 'j1' },
    ],
    [
      '200 that says 500 inside',
      200,
      { ...final, code: 500, response: null, message: { error: 'boom' } },
      { kind: 'answered', outcome: { verdict: 'failed', error: { code: '500', message: 'boom' } } },
    ],
    [
      '500 of a call that ran to its end',
      500,
      { ...final, code: 500, response: null, message: 'ffmpeg: Invalid data found when processing input' },
      { kind: 'answered', externalId: 'j1', outcome: { verdict: 'failed', error: { retryable: false } } },
    ],
    [
      '200 without an output',
      200,
      { ...final, response: [] },
      { kind: 'unclear', error: { code: 'ANSWER_UNREADABLE' } },
    ],
    ['200 in words that nobody knows', 200, { fine: true }, { kind: 'unclear', error: { code: 'ANSWER_UNREADABLE' } }],
    ['202 that is no JSON', 202, 'queued', { kind: 'unclear', error: { code: 'ANSWER_UNREADABLE' } }],
  ])('%s', async (_, status, body, answer) => {
    expect(await answerOf(status, body)).toMatchObject(answer)
  })

  test('that the queue is full: refused, with a pace, and no job is made of it', async () => {
    const full = { ...queued, code: 429, message: 'MAX_QUEUE_LENGTH (10) reached' }
    const error = { code: 'QUEUE_FULL', message: full.message, retryable: true }
    expect(await answerOf(429, full)).toEqual({ kind: 'refused', error, retryAfterMs: 15_000 })
    expect(await answerOf(429, full, { 'retry-after': '3' })).toEqual({ kind: 'refused', error, retryAfterMs: 3_000 })
  })

  test.each<[number, unknown, Record<string, string>, object]>([
    [
      400,
      { message: "Invalid payload: 'video_urls' is a required property" },
      {},
      {
        kind: 'refused',
        error: { code: 'HTTP_400', message: expect.stringContaining('video_urls'), retryable: false },
      },
    ],
    [
      401,
      { message: 'Unauthorized' },
      {},
      { kind: 'refused', error: { message: expect.stringMatching(/Unauthorized.*API_KEY/), retryable: false } },
    ],
    [404, 'Not Found', {}, { kind: 'refused', error: { code: 'HTTP_404', retryable: false } }],
    [429, { message: 'slow down' }, {}, { kind: 'refused', error: { retryable: true }, retryAfterMs: 5_000 }],
    [500, '<html>Internal Server Error</html>', {}, { kind: 'unclear', error: { retryable: true } }],
    [502, '', {}, { kind: 'unclear' }],
    [503, '', { 'retry-after': '7' }, { kind: 'refused', retryAfterMs: 7_000 }],
    [504, '', {}, { kind: 'unclear' }],
    [524, 'error code: 524', {}, { kind: 'unclear' }],
    [301, '', { location: '/v1/' }, { kind: 'refused', error: { message: expect.stringContaining('baseUrl') } }],
  ])('%d %j %j', async (status, body, headers, answer) => {
    expect(await answerOf(status, body, headers)).toMatchObject(answer)
  })

  test('that never arrives: nobody knows whether the work did', async () => {
    const { baseUrl } = await bench.fake((app) => {
      app.post('/*', ({ raw }, reply) => {
        reply.hijack()
        raw.socket.destroy()
      })
    })
    expect(await bench.source(ncaToolkit, { baseUrl }).submit?.(request, signal)).toMatchObject({
      kind: 'unclear',
      error: { code: 'CONNECTION_LOST', retryable: true },
    })
  })

  test('of a toolkit that hangs: nobody knows either', async () => {
    const { baseUrl } = await bench.fake((app) => {
      app.post('/*', (_, reply) => void reply.hijack())
    })
    const source = bench.source(ncaToolkit, { baseUrl, maxDeadlineMs: 50 })
    expect(await source.submit?.(request, signal)).toMatchObject({ kind: 'unclear', error: { code: 'TIMEOUT' } })
  })

  test('of nobody: the work surely did not arrive', async () => {
    const { app, baseUrl } = await bench.fake(() => undefined)
    await app.close()
    expect(await bench.source(ncaToolkit, { baseUrl }).submit?.(request, signal)).toMatchObject({
      kind: 'refused',
      error: { code: 'CONNECTION_REFUSED', retryable: true },
    })
  })
})
