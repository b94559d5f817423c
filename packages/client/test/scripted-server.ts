/** A server of scripted answers behind `fetch`, and a machine whose time only moves when somebody rests. */
import { type Becket, createBecket, type Expectation, type Machine } from '../src/index.ts'

export interface Seen {
  method: string
  url: URL
  body: unknown
  headers: Headers
}

export type Reply = { status: number; body?: unknown; headers?: Record<string, string> } | 'no connection'

export function setup(script: (seen: Seen, count: number) => Reply) {
  const seen: Seen[] = []
  const rests: number[] = []
  let time = 0
  const machine: Machine = {
    now: () => time,
    random: () => 0.5,
    pause: async (ms, signal) => {
      signal?.throwIfAborted()
      rests.push(ms)
      time += ms
    },
  }
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init)
    const bytes = new Uint8Array(await request.arrayBuffer())
    const isJson = request.headers.get('content-type')?.includes('json') === true
    const asked: Seen = {
      method: request.method,
      url: new URL(request.url),
      body: isJson ? JSON.parse(new TextDecoder().decode(bytes)) : bytes,
      headers: request.headers,
    }
    seen.push(asked)
    const reply = script(asked, seen.length)
    if (reply === 'no connection') throw new TypeError('fetch failed')
    const body = typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body)
    return new Response(body, { status: reply.status, headers: reply.headers ?? {} })
  }
  const becket: Becket = createBecket({ url: 'http://becket.test/base/', apiKey: 'test-key', fetch }, machine)
  return {
    becket,
    seen,
    rests,
    pass(ms: number) {
      time += ms
    },
  }
}

export function expectation(facts: Partial<Expectation> = {}): Expectation {
  return {
    id: 'exp_1',
    source: 'orders',
    operation: 'place',
    key: 'k',
    attempt: 1,
    state: 'registered',
    externalId: null,
    callbackUrl: 'http://becket.test/in/orders/t/token',
    jobId: null,
    registeredAt: '2026-01-01T00:00:00.000Z',
    submittedAt: null,
    expectBy: '2026-01-01T00:05:00.000Z',
    deadline: '2026-01-02T00:00:00.000Z',
    checks: 0,
    nextCheckAt: null,
    nextCheckWhy: null,
    settledAt: null,
    settledBy: null,
    prunedAt: null,
    outcome: null,
    error: null,
    evidence: [],
    evidenceSince: null,
    ...facts,
  }
}

export function problem(status: number, code: string, more: object = {}) {
  return {
    type: `urn:becket:error:${code}`,
    title: 'Title',
    status,
    detail: 'What happened',
    code,
    hint: 'What to do.',
    requestId: 'req_1',
    retryable: status === 503,
    ...more,
  }
}
