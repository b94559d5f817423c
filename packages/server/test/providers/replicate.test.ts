/** Replicate over real HTTP: handing predictions in, asking how they stand. */
import { describe, expect, test } from 'vitest'
import { replicate } from '../../src/providers/replicate/replicate.ts'
import { expected as anyExpected, createBench, signal } from './bench.ts'

const bench = createBench()

const expected = { ...anyExpected, operation: 'image', externalId: 'p1' }
const prediction = (facts: object = {}) => ({ id: 'p1', status: 'starting', output: null, error: null, ...facts })
const done = { status: 'succeeded', output: 'https://files.example.org/p1.png' }

async function at(status: number, body: unknown, headers: Record<string, string> = {}, options = {}) {
  const seen: unknown[] = []
  const { baseUrl } = await bench.fake((app) => {
    app.all('/*', (request, reply) => {
      seen.push([request.method, request.url, request.headers.authorization, request.body ?? null])
      return reply.code(status).headers(headers).send(body)
    })
  })
  return { seen, source: bench.source(replicate, { baseUrl, options }) }
}

describe('handing in a prediction', () => {
  const input = { version: 'v1', input: { prompt: 'a boat' } }
  const callbackUrl = 'https://becket.example.org/in/replicate/t/token'
  const request = (wanted: unknown = input) => ({
    operation: 'image',
    input: wanted,
    callbackUrl,
    key: 'k1',
    clientId: 'exp_1',
  })

  test('tells where to call back, about the end only', async () => {
    const { seen, source } = await at(201, prediction())
    expect(await source.submit?.(request(), signal)).toEqual({ kind: 'accepted', externalId: 'p1' })
    const body = { ...input, webhook: callbackUrl, webhook_events_filter: ['completed'] }
    expect(seen).toEqual([['POST', '/v1/predictions', 'Bearer test-key', body]])
  })

  test('goes to a deployment that is configured, and asks for no callback where there is no address', async () => {
    const route = '/v1/deployments/us/boats/predictions'
    const { seen, source } = await at(201, prediction(), {}, { route })
    const { callbackUrl: _, ...asked } = request({ input: {} })
    await source.submit?.(asked, signal)
    expect(seen).toEqual([['POST', route, 'Bearer test-key', { input: {} }]])
  })

  test.each<[string, unknown, object]>([
    ['done at once', prediction(done), { kind: 'answered', externalId: 'p1', outcome: { verdict: 'succeeded' } }],
    ['failed at once', prediction({ status: 'failed' }), { kind: 'answered', outcome: { verdict: 'failed' } }],
    ['a status that nobody knows', prediction({ status: 'x' }), { kind: 'accepted', externalId: 'p1' }],
    ['no id', prediction({ id: null }), { kind: 'unclear', error: { code: 'ANSWER_UNREADABLE' } }],
    ['no JSON', 'fine', { kind: 'unclear' }],
  ])('an answer of %s', async (_, body, answer) => {
    const { source } = await at(201, body)
    expect(await source.submit?.(request(), signal)).toMatchObject(answer)
  })

  test.each<[number, Record<string, string>, object]>([
    [422, {}, { kind: 'refused', error: { message: 'because', retryable: false } }],
    [401, {}, { kind: 'refused', error: { message: expect.stringMatching(/apiKey/), retryable: false } }],
    [429, { 'retry-after': '2' }, { kind: 'refused', error: { retryable: true }, retryAfterMs: 2000 }],
    [500, {}, { kind: 'unclear' }],
  ])('a refusal with %d %j', async (status, headers, answer) => {
    const { source } = await at(status, { title: 'No', detail: 'because' }, headers)
    expect(await source.submit?.(request(), signal)).toMatchObject(answer)
  })

  test.each<[unknown, RegExp]>([
    [{ version: 'v1' }, /`input`/],
    [{ ...input, webhook: 'x' }, /webhook/],
    [null, /`input`/],
  ])('%j is refused before anything is sent', async (wrong, message) => {
    const { seen, source } = await at(201, prediction())
    expect(await source.submit?.(request(wrong), signal)).toMatchObject({
      kind: 'refused',
      error: { code: 'INPUT_INVALID', message: expect.stringMatching(message) },
    })
    expect(seen).toEqual([])
  })
})

describe('a check', () => {
  test.each<[string, unknown, object]>([
    ['processing', prediction({ status: 'processing' }), { kind: 'pending' }],
    ['succeeded', prediction(done), { kind: 'outcome', outcome: { output: { ref: 'p1', output: done.output } } }],
    ['failed', prediction({ status: 'failed' }), { kind: 'outcome', outcome: { verdict: 'failed' } }],
    ['succeeded, its output removed', prediction({ status: 'succeeded' }), { kind: 'unavailable' }],
    ['another', prediction({ ...done, id: 'p2' }), { reason: expect.stringMatching(/another prediction/) }],
    ['no prediction', [], { kind: 'unavailable' }],
    ['not JSON', 'fine', { kind: 'unavailable' }],
  ])('that finds it %s', async (_, body, answer) => {
    const { seen, source } = await at(200, body)
    expect(await source.check?.(expected, signal)).toMatchObject(answer)
    expect(seen).toEqual([['GET', '/v1/predictions/p1', 'Bearer test-key', null]])
  })

  test.each<[number, object]>([
    [404, { kind: 'missing' }],
    [500, { kind: 'unavailable', reason: 'answered 500: because' }],
    [401, { kind: 'unavailable', reason: expect.stringMatching(/apiKey/) }],
  ])('that is answered %d', async (status, answer) => {
    const { source } = await at(status, { detail: 'because' })
    expect(await source.check?.(expected, signal)).toMatchObject(answer)
  })

  test.each([null, '..'])('of the id %j asks nobody', async (externalId) => {
    const { seen, source } = await at(200, {})
    expect(await source.check?.({ ...expected, externalId }, signal)).toEqual({ kind: 'missing' })
    expect(seen).toEqual([])
  })
})
