import { describe, expect, it } from 'vitest'
import type { SubmitAnswer } from '../../src/providers/provider.ts'
import { MINUTE, type Spine, setup, somebody } from './setup.ts'

const request = { source: 'parser', operation: 'parse', key: 'k', input: { pages: 3 }, submit: true } as const

function deferred<Value>() {
  let resolve: (value: Value) => void = () => {}
  const promise = new Promise<Value>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}

async function openFor(spine: Spine): Promise<string> {
  const [row] = await spine.all<{ id: string }>('select id from becket.expectation order by id desc limit 1')
  if (row === undefined) throw new Error('nothing was registered')
  return row.id
}

describe('a provider that Becket calls for an application', () => {
  it('is called once the expectation is written down, and its id is learned', async () => {
    await using spine = await setup()
    const seen: unknown[] = []
    spine.script.submit = async ({ clientId, input, callbackUrl, key }) => {
      seen.push({ row: await spine.expectation(clientId), input, callbackUrl, key })
      return { kind: 'accepted', externalId: 'ext-1' }
    }
    const { expectation, created } = await spine.expectations.register(request, somebody)
    expect(created).toBe(true)
    expect(seen).toMatchObject([
      { row: { state: 'submitting' }, input: { pages: 3 }, callbackUrl: expectation.callbackUrl, key: 'k' },
    ])
    expect(expectation).toMatchObject({ state: 'waiting', externalId: 'ext-1' })
    await spine.callBack({ id: 'ext-1', output: 'text' })
    const shown = await spine.expectations.get(expectation.id, { waitMs: 0, signal: new AbortController().signal })
    expect(shown).toMatchObject({ state: 'succeeded', outcome: 'text', settledBy: 'callback' })
    expect(await spine.timeline(expectation.id)).toEqual([
      'expectation.submitting',
      'expectation.waiting',
      'expectation.succeeded',
    ])
  })

  it('whose callback overtakes its answer has answered both', async () => {
    await using spine = await setup()
    const answer = deferred<SubmitAnswer>()
    const called = deferred<string>()
    spine.script.submit = ({ clientId }) => {
      called.resolve(clientId)
      return answer.promise
    }
    const registering = spine.expectations.register(request, somebody, {
      waitMs: MINUTE,
      signal: new AbortController().signal,
    })
    const id = await called.promise
    await spine.callBack({ by: 'token', expectationId: id, output: 'early' })
    const { expectation } = await registering
    expect(expectation).toMatchObject({ state: 'succeeded', outcome: 'early' })
    answer.resolve({ kind: 'accepted', externalId: 'ext-1' })
    await spine.caller.stop()
    expect(await spine.expectation(id)).toMatchObject({ state: 'succeeded', external_id: 'ext-1' })
    expect(await spine.wakeups('expectation')).toEqual([])
  })

  it('is not called again for the same key', async () => {
    await using spine = await setup()
    let calls = 0
    spine.script.submit = async () => {
      calls += 1
      return { kind: 'accepted', externalId: 'ext-1' }
    }
    const first = await spine.expectations.register(request, somebody)
    const again = await spine.expectations.register(request, somebody)
    expect(again).toMatchObject({ created: false, expectation: { id: first.expectation.id } })
    expect(calls).toBe(1)
    const { submit: _, ...byHand } = request
    await expect(spine.expectations.register(byHand, somebody)).rejects.toMatchObject({ code: 'KEY_REUSED' })
  })

  it.each<[string, SubmitAnswer, object]>([
    [
      'that answers at once has settled it',
      { kind: 'answered', externalId: 'ext-1', outcome: { verdict: 'succeeded', output: 'now' } },
      { state: 'succeeded', outcome: 'now', settledBy: 'response', externalId: 'ext-1' },
    ],
    [
      'that refuses has failed it, and says why',
      { kind: 'refused', error: { code: 'TOO_LONG', message: 'too many pages', retryable: false } },
      { state: 'failed', error: { code: 'TOO_LONG', message: 'too many pages' }, settledBy: 'response' },
    ],
    [
      'that leaves it open whether it took the work leaves it unconfirmed',
      { kind: 'unclear', error: { code: 'TIMEOUT', message: 'no answer in time', retryable: true } },
      { state: 'unconfirmed' },
    ],
  ])('%s', async (_, answer, state) => {
    await using spine = await setup()
    spine.script.submit = async () => answer
    const { expectation } = await spine.expectations.register(request, somebody)
    expect(expectation).toMatchObject(state)
  })

  it('whose code fails leaves it unconfirmed, and a callback settles it all the same', async () => {
    await using spine = await setup()
    spine.script.submit = () => Promise.reject(new Error('a fault in the code'))
    const { expectation } = await spine.expectations.register(request, somebody)
    expect(expectation).toMatchObject({ state: 'unconfirmed' })
    await spine.callBack({ by: 'token', expectationId: expectation.id })
    expect(await spine.expectation(expectation.id)).toMatchObject({ state: 'succeeded' })
  })

  it('is left to nobody else while it is called, and unconfirmed when its process is gone', async () => {
    await using spine = await setup()
    spine.script.submit = () => new Promise(() => {})
    void spine.expectations.register(request, somebody)
    await expect.poll(() => spine.wakeups('expectation')).toHaveLength(1)
    const id = await openFor(spine)
    const worker = spine.worker()
    expect(await worker.claim('expectation')).toEqual([])
    await spine.pass(20_000)
    await worker.step('expectation')
    expect(await spine.expectation(id)).toMatchObject({ state: 'unconfirmed' })
  })

  it('that has as much in hand as it may is not called, and nothing is registered', async () => {
    await using spine = await setup({ concurrency: 1 })
    spine.script.submit = async ({ clientId }) => ({ kind: 'accepted', externalId: clientId })
    await spine.expectations.register(request, somebody)
    await expect(spine.expectations.register({ ...request, key: 'other' }, somebody)).rejects.toMatchObject({
      code: 'RATE_LIMITED',
      retryAfterMs: 1_000,
    })
    expect(await spine.count('expectation')).toBe(1)
  })

  it('that cannot be handed work is named, and so is what to do instead', async () => {
    await using spine = await setup()
    spine.source.enabled = false
    await expect(spine.expectations.register(request, somebody)).rejects.toMatchObject({
      code: 'REQUEST_INVALID',
      detail: expect.stringContaining('parser'),
      hint: expect.stringContaining('submit'),
    })
    expect(await spine.count('expectation')).toBe(0)
  })
})

it('registrations that come together are one transaction, and each key is registered once', async () => {
  await using spine = await setup()
  const { submit: _, ...byHand } = request
  const keys = Array.from({ length: 30 }, (_unused, index) => `k${index % 10}`)
  const registered = await Promise.all(keys.map((key) => spine.expectations.register({ ...byHand, key }, somebody)))
  expect(registered.filter(({ created }) => created)).toHaveLength(10)
  expect(new Set(registered.map(({ expectation }) => expectation.id)).size).toBe(10)
  expect(await spine.wakeups('expectation')).toHaveLength(10)
})

it('what the provider answered is kept, also when there is no room to record it with others', async () => {
  await using spine = await setup({ isBusy: true })
  const { expectation } = await spine.expectations.register(request, somebody)
  expect(expectation).toMatchObject({ state: 'waiting', externalId: 'ext-1' })
  const { rows } = await spine.db.query('select from becket.breaker where failures > 0')
  expect(rows).toEqual([])
})
