import { once } from 'node:events'
import { createBecket } from '@becket/client'
import { describe, expect, it } from 'vitest'
import { listening, rest } from './listening.ts'
import { expectation, limits } from './setup.ts'

describe('waiting', () => {
  const spec = { source: 'orders', operation: 'place', key: 'k' }

  it('ends when the caller goes away', async () => {
    const { url, whenWaiting, expectations } = await listening()
    expectations.set('exp_1', expectation())
    const waiting = whenWaiting()
    const caller = new AbortController()
    const headers = { authorization: 'Bearer app-key' }
    const answer = fetch(new URL('/v1/expectations/exp_1?wait=60s', url), { headers, signal: caller.signal })
    const refused = expect(answer).rejects.toThrow('aborted')
    const { signal } = await waiting
    const aborted = once(signal, 'abort')
    caller.abort()
    await aborted
    await refused
  })

  it('ends with the present state when the server stops, within no time', async () => {
    const { url, app, whenWaiting, expectations } = await listening()
    expectations.set('exp_1', expectation({ state: 'waiting' }))
    const waiting = whenWaiting()
    const headers = { authorization: 'Bearer app-key' }
    const answer = fetch(new URL('/v1/expectations/exp_1?wait=60s', url), { headers })
    expect((await waiting).waitMs).toBe(60_000)
    await app.close()
    expect(await (await answer).json()).toMatchObject({ id: 'exp_1', state: 'waiting' })
  })

  it('does not keep the server from closing, nor does who says nothing or never ends', async () => {
    const { app, open } = await listening({ limits: { ...limits, closeGraceMs: 50 } })
    const closed: Promise<string>[] = []
    for (const said of ['', 'POST /in/orders HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nhalf']) {
      const socket = await open()
      const isHeard = said === '' ? null : once(app.server, 'request')
      socket.write(said)
      await isHeard
      closed.push(rest(socket))
    }
    await app.close()
    expect(await Promise.all(closed)).toHaveLength(2)
  })

  it('and the rest of a call work through the typed client', async () => {
    const { url, expectations, uploaded, services } = await listening()
    const becket = createBecket({ url: url.href, apiKey: 'app-key' })
    const call = await becket.call(spec, ({ callbackUrl }) => ({ id: `ext of ${callbackUrl.length}` }))
    expect(expectations.get(call.id)).toMatchObject({ state: 'waiting', externalId: 'ext of 34' })
    expectations.set(call.id, expectation({ id: call.id, state: 'succeeded', outcome: [1, null] }))
    services.expectations.get = async (id) => expectations.get(id) ?? null
    expect(await call.outcome()).toMatchObject({ state: 'succeeded', output: [1, null] })
    expect((await becket.expectations.list({ state: ['succeeded'], overdue: false })).items).toHaveLength(1)
    const document = await becket.documents.create({ filename: 'a.pdf', bytes: 3, sha256: 'f'.repeat(64) })
    const upload = {
      url: new URL('/v1/documents/doc_1/content?expires=1&signature=good-doc_1', url).href,
      method: 'PUT' as const,
      expiresAt: document.createdAt,
      headers: {},
    }
    await becket.documents.upload({ ...document, upload }, new Uint8Array([1, 2, 3]))
    expect(uploaded).toEqual([Buffer.from([1, 2, 3])])
    await expect(becket.keys.list()).rejects.toMatchObject({ code: 'FORBIDDEN', status: 403 })
    const operator = createBecket({ url: url.href, apiKey: 'operator-key' })
    expect(await operator.callbacks.body('cb_1')).toEqual(new Uint8Array([0, 255, 60]))
    expect(await operator.callbacks.replay('cb_1')).toEqual({ replayOf: 'cb_1', wakeup: 'due' })
  })
})
