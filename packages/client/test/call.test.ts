import { describe, expect, it } from 'vitest'
import { NotSubmittedError, SubmitUnclearError } from '../src/index.ts'
import { expectation, problem, setup } from './scripted-server.ts'

const spec = { source: 'orders', operation: 'place', key: 'k', expectWithin: '5m' }

describe('a call', () => {
  it('is written down, submitted with its address, and reported as dispatched', async () => {
    const { becket, seen } = setup(({ url }) =>
      url.pathname.endsWith('/dispatched')
        ? { status: 200, body: expectation({ state: 'waiting', externalId: 'ext-1' }) }
        : { status: 201, body: expectation() },
    )
    const submitted: unknown[] = []
    const call = await becket.call(spec, async ({ id, callbackUrl }) => {
      submitted.push(id, callbackUrl)
      return { id: 'ext-1' }
    })
    expect(call.id).toBe('exp_1')
    expect(submitted).toEqual(['exp_1', 'http://becket.test/in/orders/t/token'])
    expect(seen.map(({ method, url, body }) => [method, url.pathname, body])).toEqual([
      ['POST', '/base/v1/expectations', spec],
      ['POST', '/base/v1/expectations/exp_1/dispatched', { externalId: 'ext-1' }],
    ])
    expect(seen[0]?.headers.get('authorization')).toBe('Bearer test-key')
  })

  it('is made by Becket for who asks for that', async () => {
    const { becket, seen } = setup(() => ({
      status: 201,
      body: expectation({ state: 'waiting', externalId: 'ext-1' }),
    }))
    const call = await becket.submit({ ...spec, input: { pages: 3 } })
    expect(call.expectation).toMatchObject({ state: 'waiting', externalId: 'ext-1' })
    expect(seen.map(({ body }) => body)).toEqual([{ ...spec, input: { pages: 3 }, submit: true }])
  })

  it('is not submitted again when it was written down before', async () => {
    const { becket } = setup(() => ({ status: 200, body: expectation({ state: 'registered' }) }))
    let submits = 0
    const call = await becket.call(spec, () => {
      submits++
      return 'ext-1'
    })
    expect([submits, call.isNew]).toEqual([0, false])
  })

  it('is submitted when only the answer to its registration was lost', async () => {
    const { becket, seen } = setup((_seen, count) =>
      count === 1 ? 'no connection' : { status: 200, body: expectation({ externalId: null }) },
    )
    await becket.call(spec, () => 'ext-1')
    expect(seen.map(({ url }) => url.pathname.split('/').at(-1))).toEqual([
      'expectations',
      'expectations',
      'dispatched',
    ])
  })

  it('is not submitted on the echo of a try that the server turned away with 503', async () => {
    const { becket } = setup((_seen, count) =>
      count === 1
        ? { status: 503, body: problem(503, 'UNAVAILABLE'), headers: { 'retry-after': '2' } }
        : { status: 200, body: expectation() },
    )
    const call = await becket.call(spec, () => {
      throw new Error('must not run')
    })
    expect(call.isNew).toBe(false)
  })

  it('that surely was not submitted is reported so, and its error is thrown on', async () => {
    const { becket, seen } = setup(() => ({ status: 201, body: expectation() }))
    const failing = becket.call(spec, () => {
      throw new NotSubmittedError('no credit')
    })
    await expect(failing).rejects.toThrow('no credit')
    expect(seen[1]?.url.pathname).toBe('/base/v1/expectations/exp_1/not-submitted')
    expect(seen[1]?.body).toEqual({ reason: 'NotSubmittedError: no credit' })
  })

  it('whose submit is unclear stays expected and can still be awaited', async () => {
    const { becket, seen } = setup(({ method }) => ({
      status: method === 'GET' ? 200 : 201,
      body: method === 'GET' ? expectation({ state: 'succeeded', outcome: { text: 'done' } }) : expectation(),
    }))
    const error = await becket
      .call(spec, () => {
        throw new DOMException('late', 'TimeoutError')
      })
      .catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(SubmitUnclearError)
    expect(seen).toHaveLength(1)
    if (!(error instanceof SubmitUnclearError)) throw error
    expect(await error.call.outcome()).toMatchObject({ state: 'succeeded', output: { text: 'done' } })
  })

  it('of a source without callbacks says so when its address is read, and is closed', async () => {
    const { becket, seen } = setup(() => ({ status: 201, body: expectation({ callbackUrl: null }) }))
    await expect(becket.call(spec, ({ callbackUrl }) => callbackUrl)).rejects.toThrow('has no callback address')
    expect(seen[1]?.url.pathname).toMatch(/not-submitted$/)
  })

  it('for a new attempt is not repeated when the answer is lost', async () => {
    const { becket, seen } = setup(() => 'no connection')
    await expect(becket.expect({ ...spec, attempt: 'new' })).rejects.toMatchObject({ code: 'CONNECTION_FAILED' })
    expect(seen).toHaveLength(1)
  })
})

describe('an outcome', () => {
  const open = { status: 200, body: expectation({ state: 'waiting' }) }

  it('is awaited through restarts, proxies and broken connections', async () => {
    const { becket, seen } = setup(({ method }, count) => {
      if (method === 'POST') return { status: 201, body: expectation() }
      if (count === 2) return open
      if (count === 3) return 'no connection'
      if (count === 4) return { status: 502, body: '<html>Bad gateway</html>' }
      if (count === 5) return { status: 503, body: problem(503, 'UNAVAILABLE', { retryAfter: 7 }) }
      return {
        status: 200,
        body: expectation({ state: 'failed', error: { code: 'NO', message: 'no', retryable: false } }),
      }
    })
    const outcome = await (await becket.expect(spec)).outcome()
    expect(outcome).toMatchObject({ state: 'failed', error: { code: 'NO' } })
    expect(seen.slice(1).every(({ url }) => url.searchParams.get('wait') === '30000ms')).toBe(true)
  })

  it('rests as long as the server asks', async () => {
    const { becket, rests } = setup(({ method }, count) => {
      if (method === 'POST') return { status: 201, body: expectation() }
      if (count === 2) return { status: 503, body: problem(503, 'UNAVAILABLE', { retryAfter: 7 }) }
      return { status: 200, body: expectation({ state: 'cancelled' }) }
    })
    expect(await (await becket.expect(spec)).outcome()).toMatchObject({ state: 'cancelled' })
    expect(rests).toEqual([7_000])
  })

  it('does not hammer a server that answers without waiting, and ends at its own time limit', async () => {
    const { becket, seen } = setup(({ method }) => (method === 'POST' ? { status: 201, body: expectation() } : open))
    const call = await becket.expect(spec)
    await expect(call.outcome({ timeout: '1m' })).rejects.toMatchObject({ code: 'WAIT_TIMED_OUT' })
    expect(seen.length).toBeLessThan(20)
  })

  it('is refused at once when the server says no', async () => {
    const { becket, seen } = setup(({ method }) =>
      method === 'POST' ? { status: 201, body: expectation() } : { status: 401, body: problem(401, 'UNAUTHENTICATED') },
    )
    await expect((await becket.expect(spec)).outcome()).rejects.toMatchObject({ code: 'UNAUTHENTICATED', status: 401 })
    expect(seen).toHaveLength(2)
  })

  it('is no longer awaited once the caller aborts', async () => {
    const { becket } = setup(({ method }) => (method === 'POST' ? { status: 201, body: expectation() } : open))
    const call = await becket.expect(spec)
    await expect(call.outcome({ signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough')
  })

  it('that expired is an end of its own', async () => {
    const { becket } = setup(() => ({ status: 200, body: expectation({ state: 'expired' }) }))
    expect(await (await becket.expect(spec)).outcome()).toMatchObject({ state: 'expired' })
  })
})
