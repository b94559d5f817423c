/** Responses in the background and batches over real HTTP: handing in, asking, collecting. */
import { describe, expect, test } from 'vitest'
import { openAi } from '../../src/providers/openai/openai.ts'
import type { Expected } from '../../src/providers/provider.ts'
import { expected as anyExpected, createBench, signal } from './bench.ts'

const bench = createBench()

const expected = (operation: string, more: Partial<Expected> = {}): Expected => ({
  ...anyExpected,
  operation,
  externalId: 'w1',
  ...more,
})
const output = [{ type: 'message', content: [{ type: 'output_text', text: 'Hello' }] }]
const response = (more: object = {}) => ({ object: 'response', id: 'w1', status: 'completed', output, ...more })
const batch = (more: object = {}) => ({ object: 'batch', id: 'w1', status: 'completed', output_file_id: 'f1', ...more })

async function at(status: number, body: unknown, headers: Record<string, string> = {}) {
  const seen: unknown[] = []
  const { baseUrl } = await bench.fake((app) => {
    app.all('/*', (request, reply) => {
      seen.push([request.method, request.url, request.headers.authorization, request.body ?? null])
      return reply.code(status).headers(headers).send(body)
    })
  })
  return { seen, source: bench.source(openAi, { baseUrl }) }
}

describe('handing in a response', () => {
  const request = (input: unknown) => ({ operation: 'response', input, key: 'k1', clientId: 'exp_1' })
  const input = { model: 'm1', input: 'Say hello', metadata: { ours: 'x' } }

  test('asks for it in the background, and takes the id', async () => {
    const { seen, source } = await at(200, response({ status: 'queued', output: [] }))
    expect(await source.submit?.(request(input), signal)).toEqual({ kind: 'accepted', externalId: 'w1' })
    expect(seen).toEqual([['POST', '/v1/responses', 'Bearer test-key', { ...input, background: true }]])
  })

  test.each<[string, unknown, object]>([
    ['done at once', response(), { kind: 'answered', externalId: 'w1', outcome: { output: { text: 'Hello' } } }],
    [
      'failed at once',
      response({ status: 'failed', error: { code: 'server_error', message: 'sorry' } }),
      { kind: 'answered', outcome: { verdict: 'failed', error: { code: 'server_error' } } },
    ],
    ['a status that nobody knows', response({ status: 'x' }), { kind: 'accepted', externalId: 'w1' }],
    ['no id', response({ id: null }), { kind: 'unclear', error: { code: 'ANSWER_UNREADABLE' } }],
    ['no JSON', 'fine', { kind: 'unclear' }],
  ])('an answer of %s', async (_, body, answer) => {
    const { source } = await at(200, body)
    expect(await source.submit?.(request(input), signal)).toMatchObject(answer)
  })

  test.each<[number, Record<string, string>, object]>([
    [400, {}, { kind: 'refused', error: { message: 'because', retryable: false } }],
    [401, {}, { kind: 'refused', error: { message: expect.stringMatching(/project/), retryable: false } }],
    [429, { 'retry-after': '2' }, { kind: 'refused', error: { retryable: true }, retryAfterMs: 2000 }],
    [500, {}, { kind: 'unclear' }],
  ])('a refusal with %d', async (status, headers, answer) => {
    const { source } = await at(status, { error: { message: 'because' } }, headers)
    expect(await source.submit?.(request(input), signal)).toMatchObject(answer)
  })

  test('a server that never answers leaves it unclear', async () => {
    const { baseUrl } = await bench.fake((app) => {
      app.post('/v1/responses', (_, reply) => void reply.hijack())
    })
    const source = bench.source(openAi, { baseUrl, maxDeadlineMs: 100 })
    expect(await source.submit?.(request(input), signal)).toMatchObject({ kind: 'unclear', error: { code: 'TIMEOUT' } })
  })

  test.each<[unknown, RegExp]>([
    [{ ...input, stream: true }, /`stream`: .*not streamed/],
    [{ ...input, background: false }, /`background`/],
    [null, /input/],
  ])('%j is refused before anything is sent', async (wrong, message) => {
    const { seen, source } = await at(200, {})
    expect(await source.submit?.(request(wrong), signal)).toMatchObject({
      kind: 'refused',
      error: { code: 'INPUT_INVALID', message: expect.stringMatching(message) },
    })
    expect(seen).toEqual([])
  })

  test('a batch is the application’s to hand in', async () => {
    const { seen, source } = await at(200, {})
    expect(await source.submit?.({ operation: 'batch', input, key: 'k1', clientId: 'exp_1' }, signal)).toMatchObject({
      kind: 'refused',
      error: { code: 'OPERATION_UNKNOWN' },
    })
    expect(seen).toEqual([])
  })
})

describe('a check', () => {
  test.each<[string, unknown, string, object]>([
    ['response', response(), '/v1/responses/w1', { outcome: { verdict: 'succeeded', output: { text: 'Hello' } } }],
    ['response', response({ status: 'in_progress' }), '/v1/responses/w1', { kind: 'pending' }],
    ['response', response({ status: 'incomplete' }), '/v1/responses/w1', { outcome: { verdict: 'failed' } }],
    ['batch', batch(), '/v1/batches/w1', { outcome: { verdict: 'succeeded', output: { outputFileId: 'f1' } } }],
    ['batch', batch({ status: 'validating' }), '/v1/batches/w1', { kind: 'pending' }],
    ['batch', batch({ status: 'expired' }), '/v1/batches/w1', { outcome: { error: { code: 'BATCH_EXPIRED' } } }],
    ['batch', batch({ id: 'w2' }), '/v1/batches/w1', { kind: 'unavailable', reason: expect.stringMatching(/another/) }],
    ['batch', response(), '/v1/batches/w1', { kind: 'unavailable' }],
    ['response', 'fine', '/v1/responses/w1', { kind: 'unavailable' }],
  ])('of a %s that is %j', async (operation, body, path, answer) => {
    const { seen, source } = await at(200, body)
    expect(await source.check?.(expected(operation), signal)).toMatchObject(answer)
    expect(seen).toEqual([['GET', path, 'Bearer test-key', null]])
  })

  test.each<[number, Record<string, string>, object]>([
    [404, {}, { kind: 'missing' }],
    [500, {}, { kind: 'unavailable', reason: 'answered 500: because' }],
    [429, { 'retry-after': '3' }, { kind: 'unavailable', retryAfterMs: 3000 }],
    [401, {}, { kind: 'unavailable', reason: expect.stringMatching(/apiKey/) }],
  ])('that is answered %d %j', async (status, headers, answer) => {
    const { source } = await at(status, { error: { message: 'because' } }, headers)
    expect(await source.check?.(expected('response'), signal)).toMatchObject(answer)
  })

  test.each<[string, Expected]>([
    ['embeddings, which are answered at once', expected('embed')],
    ['work whose id is not known', expected('response', { externalId: null })],
    ['an id that no path can hold', expected('batch', { externalId: '..' })],
  ])('of %s asks nobody, and finds no fault with the API', async (_, what) => {
    const { seen, source } = await at(200, {})
    expect(await source.check?.(what, signal)).toEqual({ kind: 'missing' })
    expect(seen).toEqual([])
  })

  test('an id stays one segment of the path', async () => {
    const { seen, source } = await at(404, {})
    await source.check?.(expected('response', { externalId: 'a/../b?c' }), signal)
    expect(seen).toEqual([['GET', '/v1/responses/a%2F..%2Fb%3Fc', 'Bearer test-key', null]])
  })
})

describe('what a thin event names is collected', () => {
  test('by the id that it names', async () => {
    const { seen, source } = await at(200, response({ id: 'w2' }))
    expect(await source.collect?.(expected('response'), { ref: 'w2' }, signal)).toMatchObject({
      kind: 'collected',
      output: { ref: 'w2', text: 'Hello' },
    })
    expect(seen).toEqual([['GET', '/v1/responses/w2', 'Bearer test-key', null]])
  })

  test('and what is whole is left as it is', async () => {
    const { seen, source } = await at(200, {})
    const whole = { ref: 'w1', text: 'Hello', raw: {} }
    expect(await source.collect?.(expected('response'), whole, signal)).toEqual({ kind: 'collected', output: whole })
    expect(seen).toEqual([])
  })

  test.each<[number, unknown, object]>([
    [404, {}, { kind: 'missing', reason: expect.stringMatching(/deleted/) }],
    [200, response({ status: 'failed' }), { kind: 'missing', reason: expect.stringMatching(/no result/) }],
    [200, response({ status: 'queued' }), { kind: 'unavailable' }],
    [503, {}, { kind: 'unavailable' }],
  ])('where OpenAI answers %d %j', async (status, body, answer) => {
    const { source } = await at(status, body)
    expect(await source.collect?.(expected('response'), { ref: 'w1' }, signal)).toMatchObject(answer)
  })
})
