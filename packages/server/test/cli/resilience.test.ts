/** What the CLI shows of the way out, and what it asks of the server. */
import type { Breaker, Request } from '@becket/client'
import { describe, expect, it } from 'vitest'
import { createFakeServer, problem } from './answers.ts'
import { createTerminal } from './terminal.ts'

const breaker: Breaker = {
  name: 'source:parser',
  state: 'open',
  failures: 5,
  openedCount: 1,
  openedAt: '2030-01-01T11:59:00Z',
  retryAt: null,
  reason: 'their maintenance',
}

const request: Request = {
  id: 'req_01h455vb4pex5vsknk084sn02q',
  source: 'parser',
  operation: 'check',
  method: 'GET',
  url: 'https://api.example.org/jobs/1',
  status: null,
  fault: 'CONNECTION_REFUSED',
  tookMs: 12,
  bytes: 0,
  at: '2030-01-01T12:00:00Z',
  subject: 'exp_01h455vb4pex5vsknk084sn02q',
}

describe('becket breakers', () => {
  it('lists them with the reason, and says who holds one open', async () => {
    const { url } = await createFakeServer({ 'GET /v1/breakers': { items: [breaker] } })
    const { run } = await createTerminal()
    const { code, out } = await run('breakers', 'list', '--url', url)
    expect(code).toBe(0)
    expect(out).toContain('source:parser')
    expect(out).toContain('held open by hand; becket breakers close source:parser --reason …')
    expect(out).toContain('their maintenance')
  })

  it.each([
    ['open', 'open'],
    ['close', 'closed'],
    ['try', 'half-open'],
  ])('%s asks for %s, with the reason', async (verb, state) => {
    const { url, asked } = await createFakeServer({ 'POST /v1/breakers/source%3Aparser': { ...breaker, state } })
    const { run } = await createTerminal()
    expect((await run('breakers', verb, 'source:parser', '--url', url)).code).toBe(2)
    const { code, out } = await run('breakers', verb, 'source:parser', '--reason', 'because', '--url', url)
    expect(code).toBe(0)
    expect(asked.at(-1)?.body).toEqual({ state, reason: 'because' })
    expect(out).toContain('Every process goes by it within five seconds.')
  })

  it('tells that there is no such breaker', async () => {
    const { url } = await createFakeServer({ 'GET /v1/breakers/source%3Anobody': problem('NOT_FOUND', 404) })
    const { run } = await createTerminal()
    const { code, err } = await run('breakers', 'show', 'source:nobody', '--url', url)
    expect(code).not.toBe(0)
    expect(err).toContain('Hint of NOT_FOUND')
  })
})

describe('becket requests', () => {
  it('lists what went out, newest first, with its fault and its expectation', async () => {
    const { url, asked } = await createFakeServer({ 'GET /v1/requests': { items: [request], nextCursor: null } })
    const { run } = await createTerminal()
    const { code, out } = await run('requests', 'list', '--failed', '--subject', 'exp_1', '--url', url)
    expect(code).toBe(0)
    expect(out).toContain('CONNECTION_REFUSED')
    expect(out).toContain(request.subject)
    expect(asked[0]?.query).toMatchObject({ failed: 'true', subject: 'exp_1' })
  })
})
