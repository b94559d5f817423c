/** Handing work in by configuration alone, over real HTTP. */
import { describe, expect, test } from 'vitest'
import { httpProvider } from '../../src/providers/http/http.ts'
import type { SubmitRequest } from '../../src/providers/provider.ts'
import { createBench, signal } from './bench.ts'

const bench = createBench()

const callbackUrl = 'https://becket.example.org/in/orders/t/token'
const request: SubmitRequest = {
  operation: 'render',
  input: { path: 'a/b', width: 640 },
  callbackUrl,
  key: 'order 7',
  clientId: 'exp_1',
}
const told = {
  externalId: '/data/id',
  status: '/data/state',
  succeeded: ['done'],
  failed: ['broken'],
  output: '/data/url',
}

async function at(status: number, body: unknown, submit: object = {}, headers: Record<string, string> = {}) {
  const seen: unknown[] = []
  const { baseUrl } = await bench.fake((app) => {
    app.all('/*', (incoming, reply) => {
      const { authorization, 'x-client': client } = incoming.headers
      seen.push([incoming.method, incoming.url, incoming.body ?? null, authorization, client])
      return reply.code(status).headers(headers).send(body)
    })
  })
  const written = { url: '/orders', body: { to: '{callbackUrl}', width: '{input:/width}' }, ...submit }
  const options = { read: { output: '/url' }, submit: written }
  return { seen, baseUrl, source: bench.source(httpProvider, { baseUrl, options }) }
}

test('the request is the one that the file describes, with the key where it belongs', async () => {
  const { seen, source } = await at(
    202,
    { data: { id: 7 } },
    {
      ...told,
      method: 'PUT',
      url: '/orders/{input:/path}?ref={clientId}&to={callbackUrl}',
      headers: { 'X-Client': '{key}' },
    },
  )
  expect(await source.submit?.(request, signal)).toEqual({ kind: 'accepted', externalId: '7' })
  const url = `/orders/a%2Fb?ref=exp_1&to=${encodeURIComponent(callbackUrl)}`
  expect(seen).toEqual([['PUT', url, { to: callbackUrl, width: 640 }, 'Bearer test-key', 'order 7']])
})

test('an operation with a submit of its own goes there, and another has none', async () => {
  const { seen, baseUrl } = await at(202, {})
  const render = { url: '/render', body: '{callbackUrl}' }
  const source = bench.source(httpProvider, { baseUrl, options: { read: { output: '/o' }, submits: { render } } })
  expect(await source.submit?.(request, signal)).toEqual({ kind: 'accepted', externalId: null })
  expect(await source.submit?.({ ...request, operation: 'cut' }, signal)).toMatchObject({
    kind: 'refused',
    error: { code: 'OPERATION_UNKNOWN', message: expect.stringContaining('`submits`') },
  })
  expect(seen).toHaveLength(1)
})

describe('an answer', () => {
  test.each<[number, unknown, object, object]>([
    [200, { data: { id: 'j1', state: 'queued' } }, told, { kind: 'accepted', externalId: 'j1' }],
    [202, {}, told, { kind: 'accepted', externalId: null }],
    [202, 'fine', told, { kind: 'accepted', externalId: null }],
    [204, undefined, {}, { kind: 'accepted', externalId: null }],
    [
      200,
      { data: { id: 'j1', state: 'Done', url: 'u' } },
      told,
      { kind: 'answered', externalId: 'j1', outcome: { verdict: 'succeeded', output: 'u' } },
    ],
    [200, { data: { state: 'broken' } }, told, { kind: 'answered', externalId: null, outcome: { verdict: 'failed' } }],
    [200, { o: 1 }, { output: '/o' }, { kind: 'answered', outcome: { output: 1 } }],
    [200, {}, { output: '/o' }, { kind: 'accepted' }],
    [201, {}, { accepted: [200, 202] }, { kind: 'unclear', error: { message: expect.stringContaining('accepted') } }],
    [400, { message: 'no such size' }, {}, { kind: 'refused', error: { message: 'no such size', retryable: false } }],
    [401, {}, {}, { kind: 'refused', error: { message: expect.stringContaining('keyHeader') } }],
    [500, {}, {}, { kind: 'unclear', error: { retryable: true } }],
    [503, {}, {}, { kind: 'unclear' }],
  ])('%d %j, read by %j', async (status, body, submit, answer) => {
    const { source } = await at(status, body, submit)
    expect(await source.submit?.(request, signal)).toMatchObject(answer)
  })

  test('429 says when to come again, or we do', async () => {
    const { source } = await at(429, {}, {}, { 'retry-after': '7' })
    expect(await source.submit?.(request, signal)).toMatchObject({ kind: 'refused', retryAfterMs: 7000 })
    const silent = await at(429, {})
    expect(await silent.source.submit?.(request, signal)).toMatchObject({ kind: 'refused', retryAfterMs: 5000 })
  })

  test('that never comes leaves it unclear', async () => {
    const { baseUrl } = await bench.fake((app) => {
      app.post('/orders', (incoming, reply) => {
        reply.hijack()
        incoming.raw.socket.destroy()
      })
    })
    const options = { read: { output: '/o' }, submit: { url: '/orders', body: '{callbackUrl}' } }
    const source = bench.source(httpProvider, { baseUrl, options })
    expect(await source.submit?.(request, signal)).toMatchObject({ kind: 'unclear' })
  })
})

test.each<[string, Partial<SubmitRequest>]>([
  ['lacks a part of the body', { input: {} }],
  ['is a file', { file: { content: Buffer.from('x'), filename: 'a', mime: 'text/plain' } }],
])('work that %s is refused before anything is sent', async (_, change) => {
  const { seen, source } = await at(202, {})
  expect(await source.submit?.({ ...request, ...change }, signal)).toMatchObject({
    kind: 'refused',
    error: { code: 'INPUT_INVALID', retryable: false },
  })
  expect(seen).toEqual([])
})
