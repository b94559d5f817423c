/** PiAPI over real HTTP: handing tasks in, asking how they stand. */
import { describe, expect, test } from 'vitest'
import { piApi } from '../../src/providers/piapi/piapi.ts'
import { expected as anyExpected, createBench, signal } from './bench.ts'

const bench = createBench()

const expected = { ...anyExpected, operation: 'video', externalId: 't1' }
const task = (data: object = {}) => ({
  code: 200,
  data: { task_id: 't1', status: 'pending', output: null, error: { code: 0, message: '' }, ...data },
  message: 'success',
})
const done = { status: 'completed', output: { url: 'https://files.example.org/v.mp4' } }

async function at(status: number, body: unknown, headers: Record<string, string> = {}, options = {}) {
  const seen: unknown[] = []
  const { baseUrl } = await bench.fake((app) => {
    app.all('/*', (request, reply) => {
      seen.push([request.method, request.url, request.headers['x-api-key'], request.body ?? null])
      return reply.code(status).headers(headers).send(body)
    })
  })
  return { seen, source: bench.source(piApi, { baseUrl, options }) }
}

describe('handing in a task', () => {
  const input = { model: 'm1', task_type: 'video_generation', input: { prompt: 'a boat' } }
  const callbackUrl = 'https://becket.example.org/in/piapi/t/token'
  const request = (wanted: unknown = input) => ({
    operation: 'video',
    input: wanted,
    callbackUrl,
    key: 'k1',
    clientId: 'exp_1',
  })

  test('tells where to call back, and with which secret', async () => {
    const { seen, source } = await at(200, task(), {}, { webhookSecret: 'test-secret' })
    const theirs = { service_mode: 'public', webhook_config: { endpoint: 'https://elsewhere.example.org' } }
    expect(await source.submit?.(request({ ...input, config: theirs }), signal)).toEqual({
      kind: 'accepted',
      externalId: 't1',
    })
    const webhook_config = { endpoint: callbackUrl, secret: 'test-secret' }
    const body = { ...input, config: { service_mode: 'public', webhook_config } }
    expect(seen).toEqual([['POST', '/api/v1/task', 'test-key', body]])
  })

  test('asks for no callback where there is no address', async () => {
    const { seen, source } = await at(200, task(), {}, { webhookSecret: 'test-secret' })
    await source.submit?.({ operation: 'video', input, key: 'k1', clientId: 'exp_1' }, signal)
    expect(seen).toEqual([['POST', '/api/v1/task', 'test-key', { ...input, config: {} }]])
  })

  test.each<[string, unknown, object]>([
    ['done at once', task(done), { kind: 'answered', externalId: 't1', outcome: { verdict: 'succeeded' } }],
    ['failed at once', task({ status: 'failed' }), { kind: 'answered', outcome: { verdict: 'failed' } }],
    ['a status that nobody knows', task({ status: 'x' }), { kind: 'accepted', externalId: 't1' }],
    ['no id', task({ task_id: '' }), { kind: 'unclear', error: { code: 'ANSWER_UNREADABLE' } }],
    ['no JSON', 'fine', { kind: 'unclear' }],
  ])('an answer of %s', async (_, body, answer) => {
    const { source } = await at(200, body)
    expect(await source.submit?.(request(), signal)).toMatchObject(answer)
  })

  test.each<[number, Record<string, string>, object]>([
    [400, {}, { kind: 'refused', error: { message: 'because', retryable: false } }],
    [401, {}, { kind: 'refused', error: { message: expect.stringMatching(/apiKey/), retryable: false } }],
    [429, { 'retry-after': '2' }, { kind: 'refused', error: { retryable: true }, retryAfterMs: 2000 }],
    [429, {}, { kind: 'refused', retryAfterMs: 5000 }],
    [500, {}, { kind: 'unclear' }],
  ])('a refusal with %d %j', async (status, headers, answer) => {
    const { source } = await at(status, { code: status, message: 'because' }, headers)
    expect(await source.submit?.(request(), signal)).toMatchObject(answer)
  })

  test('a connection that breaks leaves it unclear', async () => {
    const { baseUrl } = await bench.fake((app) => {
      app.post('/api/v1/task', (incoming, reply) => {
        reply.hijack()
        incoming.raw.socket.destroy()
      })
    })
    expect(await bench.source(piApi, { baseUrl }).submit?.(request(), signal)).toMatchObject({ kind: 'unclear' })
  })

  test.each<[unknown, RegExp]>([
    [{ ...input, model: '' }, /`model`/],
    [{ ...input, prompt: 'a boat' }, /prompt/],
    [null, /input/],
  ])('%j is refused before anything is sent', async (wrong, message) => {
    const { seen, source } = await at(200, {})
    expect(await source.submit?.(request(wrong), signal)).toMatchObject({
      kind: 'refused',
      error: { code: 'INPUT_INVALID', message: expect.stringMatching(message) },
    })
    expect(seen).toEqual([])
  })
})

describe('a check', () => {
  test.each<[string, unknown, object]>([
    ['staged', task({ status: 'Staged' }), { kind: 'pending' }],
    ['completed', task(done), { kind: 'outcome', outcome: { output: { ref: 't1', output: done.output } } }],
    ['failed', task({ status: 'failed' }), { kind: 'outcome', outcome: { verdict: 'failed' } }],
    ['completed without output', task({ status: 'completed' }), { kind: 'unavailable' }],
    ['another task', task({ ...done, task_id: 't2' }), { reason: expect.stringMatching(/another task/) }],
    ['not a task', [], { kind: 'unavailable' }],
    ['not JSON', 'fine', { kind: 'unavailable' }],
  ])('that finds it %s', async (_, body, answer) => {
    const { seen, source } = await at(200, body)
    expect(await source.check?.(expected, signal)).toMatchObject(answer)
    expect(seen).toEqual([['GET', '/api/v1/task/t1', 'test-key', null]])
  })

  test.each<[number, Record<string, string>, object]>([
    [404, {}, { kind: 'missing' }],
    [500, {}, { kind: 'unavailable', reason: 'answered 500: because' }],
    [429, { 'retry-after': '3' }, { kind: 'unavailable', retryAfterMs: 3000 }],
    [401, {}, { kind: 'unavailable', reason: expect.stringMatching(/apiKey/) }],
  ])('that is answered %d %j', async (status, headers, answer) => {
    const { source } = await at(status, { code: status, message: 'because' }, headers)
    expect(await source.check?.(expected, signal)).toMatchObject(answer)
  })

  test.each([null, '..'])('of the id %j asks nobody', async (externalId) => {
    const { seen, source } = await at(200, {})
    expect(await source.check?.({ ...expected, externalId }, signal)).toEqual({ kind: 'missing' })
    expect(seen).toEqual([])
  })
})
