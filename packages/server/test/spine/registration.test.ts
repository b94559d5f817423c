import { describe, expect, it } from 'vitest'
import { HOUR, MINUTE, setup, somebody } from './setup.ts'

const request = { source: 'parser', operation: 'parse', key: 'order-1' }

describe('registering', () => {
  it('the same key with the same parameters again gives the same expectation', async () => {
    await using spine = await setup()
    const first = await spine.expectations.register(request, somebody)
    const again = await spine.expectations.register({ ...request }, somebody)
    expect(first.created).toBe(true)
    expect(again).toMatchObject({ created: false, expectation: { id: first.expectation.id, attempt: 1 } })
    expect(await spine.count('expectation')).toBe(1)
  })

  it('the same key with other parameters is refused, and changes nothing', async () => {
    await using spine = await setup()
    await spine.expectations.register(request, somebody)
    for (const other of [
      { expectWithin: MINUTE },
      { deadline: HOUR / 2 },
      { input: { page: 2 } },
      { externalId: 'x' },
    ]) {
      await expect(spine.expectations.register({ ...request, ...other }, somebody)).rejects.toMatchObject({
        code: 'KEY_REUSED',
        status: 409,
      })
    }
    expect(await spine.count('expectation')).toBe(1)
  })

  it('the same again after the configuration’s defaults changed is still the same', async () => {
    await using spine = await setup()
    const first = await spine.expectations.register(request, somebody)
    const settings = spine.source.operations.parse
    if (settings === undefined) throw new Error('there is no operation parse')
    settings.deadlineMs = 3 * HOUR
    const again = await spine.expectations.register(request, somebody)
    expect(again.expectation.id).toBe(first.expectation.id)
  })

  it('a key anew makes another attempt beside the first', async () => {
    await using spine = await setup()
    const first = await spine.expectations.register(request, somebody)
    const anew = await spine.expectations.register({ ...request, attempt: 'new' }, somebody)
    expect(anew).toMatchObject({ created: true, expectation: { attempt: 2 } })
    expect(anew.expectation.id).not.toBe(first.expectation.id)
    // Without `attempt: new`, the key means the latest.
    expect((await spine.expectations.register(request, somebody)).expectation.id).toBe(anew.expectation.id)
  })

  it('one key by many callers at once makes one row', async () => {
    await using spine = await setup()
    const all = await Promise.all(Array.from({ length: 12 }, () => spine.expectations.register(request, somebody)))
    expect(new Set(all.map(({ expectation }) => expectation.id)).size).toBe(1)
    expect(all.filter(({ created }) => created)).toHaveLength(1)
    expect(await spine.count('expectation')).toBe(1)
    expect(await spine.wakeups('expectation')).toHaveLength(1)
  })

  it('two new attempts at once makes two', async () => {
    await using spine = await setup()
    await spine.expectations.register(request, somebody)
    const anew = () => spine.expectations.register({ ...request, attempt: 'new' }, somebody)
    const attempts = (await Promise.all([anew(), anew()])).map(({ expectation }) => expectation.attempt)
    expect(attempts.sort()).toEqual([2, 3])
  })

  it('keeps keys of other sources and operations apart', async () => {
    await using spine = await setup()
    await spine.expectations.register(request, somebody)
    await expect(spine.expectations.register({ ...request, operation: 'translate' }, somebody)).rejects.toMatchObject({
      code: 'OPERATION_UNKNOWN',
    })
    await expect(spine.expectations.register({ ...request, source: 'elsewhere' }, somebody)).rejects.toMatchObject({
      code: 'SOURCE_UNKNOWN',
    })
  })

  it('with an artifact outside the allow list is refused', async () => {
    await using spine = await setup()
    const artifact = 'https://elsewhere.test/secret'
    await expect(spine.expectations.register({ ...request, artifact }, somebody)).rejects.toMatchObject({
      code: 'REQUEST_INVALID',
    })
  })
})

describe('an application that registered', () => {
  it('and never said that it dispatched is unconfirmed after `expectWithin`, and expired at the deadline', async () => {
    await using spine = await setup()
    const { expectation } = await spine.expectations.register(request, somebody)
    const worker = spine.worker()
    await worker.drain()
    expect(await spine.expectation(expectation.id)).toMatchObject({ state: 'registered' })
    await spine.pass(6 * MINUTE)
    await worker.drain()
    expect(await spine.expectation(expectation.id)).toMatchObject({ state: 'unconfirmed' })
    await spine.pass(HOUR)
    await worker.drain()
    expect(await spine.expectation(expectation.id)).toMatchObject({ state: 'expired' })
    expect(await spine.wakeups('expectation')).toEqual([])
  })

  it('and never said that it dispatched is proven by its artifact all the same', async () => {
    await using spine = await setup({ abilities: ['artifact'] })
    spine.script.artifact = async ({ artifactUrl }) => ({ kind: 'found', output: artifactUrl })
    const artifact = 'https://files.test/order-1.pdf'
    const { expectation } = await spine.expectations.register({ ...request, artifact }, somebody)
    await spine.pass(6 * MINUTE)
    await spine.worker().drain()
    expect(await spine.expectation(expectation.id)).toMatchObject({ state: 'succeeded', settled_by: 'artifact' })
  })

  it('and says late that it dispatched is waiting again, with its next look by the plan', async () => {
    await using spine = await setup()
    const { expectation } = await spine.expectations.register(request, somebody)
    await spine.pass(6 * MINUTE)
    await spine.worker().drain()
    await spine.expectations.dispatched(expectation.id, { externalId: 'ext-1' }, somebody)
    expect(await spine.expectation(expectation.id)).toMatchObject({ state: 'waiting', external_id: 'ext-1' })
    expect((await spine.wakeup('expectation', expectation.id))?.dueInMs).toBeLessThanOrEqual(5 * MINUTE)
  })

  it('may say the same twice, and nothing else the second time', async () => {
    await using spine = await setup()
    const { expectation } = await spine.expectations.register(request, somebody)
    await spine.expectations.dispatched(expectation.id, { externalId: 'ext-1' }, somebody)
    const before = await spine.expectation(expectation.id)
    await spine.expectations.dispatched(expectation.id, { externalId: 'ext-1' }, somebody)
    expect(await spine.expectation(expectation.id)).toEqual(before)
    await expect(
      spine.expectations.dispatched(expectation.id, { externalId: 'ext-2' }, somebody),
    ).rejects.toMatchObject({
      code: 'STATE_CONFLICT',
    })
  })
})
