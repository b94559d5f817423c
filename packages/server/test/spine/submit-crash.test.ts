import { describe, expect, it } from 'vitest'
import type { SubmitAnswer } from '../../src/providers/provider.ts'
import { deferred } from './script.ts'
import { HOUR, MINUTE, type SetupOptions, setup, somebody } from './setup.ts'

/** A process that died between writing the attempt down and storing the provider's answer; its lease has lapsed. */
async function crashed(options: SetupOptions = {}) {
  const spine = await setup(options)
  const called = deferred<string>()
  const answer = deferred<SubmitAnswer>()
  spine.script.submit = ({ clientId }) => {
    called.resolve(clientId)
    return answer.promise
  }
  const jobId = await spine.startJob()
  void spine
    .worker('dead')
    .step('job')
    .catch(() => {})
  const id = await called.promise
  spine.script.submit = async () => ({ kind: 'accepted', externalId: 'ext-again' })
  await spine.pass(20_000)
  return { spine, jobId, id, worker: spine.worker('heir') }
}

describe('a process that dies between writing an attempt down and storing the answer', () => {
  it('leaves it unconfirmed, and nobody submits it again', async () => {
    const { spine, jobId, id, worker } = await crashed({ resubmit: 'safe' })
    await using _ = spine
    await worker.drain()
    expect(await spine.expectation(id)).toMatchObject({ state: 'unconfirmed' })
    expect(await spine.job(jobId)).toMatchObject({ state: 'waiting' })
    expect(spine.script.submits).toHaveLength(1)
    expect(await spine.timeline(id)).toEqual(['expectation.submitting', 'expectation.unconfirmed'])
  })

  it('has it made once more, as a counted attempt, after `expectWithin` where the operation is safe to repeat', async () => {
    const { spine, jobId, id, worker } = await crashed({ resubmit: 'safe' })
    await using _ = spine
    await worker.drain()
    await spine.pass(5 * MINUTE)
    await worker.drain()
    const attempts = await spine.attempts(jobId)
    expect(attempts.map(({ attempt, state }) => [attempt, state])).toEqual([
      [1, 'unconfirmed'],
      [2, 'waiting'],
    ])
    expect(spine.script.submits.map(({ clientId }) => clientId)).toEqual(attempts.map((attempt) => attempt.id))
    expect(await spine.timeline(id)).toContain('expectation.resubmitted')
    expect(await spine.job(jobId)).toMatchObject({ state: 'waiting', attempt: 1, postponed: 1 })
    await spine.pass(30 * MINUTE)
    await worker.drain()
    expect(spine.script.submits).toHaveLength(2)
  })

  it.each(['ask', 'never'] as const)(
    'has it left alone until its deadline where the operation says `%s`',
    async (resubmit) => {
      const { spine, jobId, id, worker } = await crashed({ resubmit })
      await using _ = spine
      await worker.drain()
      await spine.pass(30 * MINUTE)
      await worker.drain()
      expect(await spine.expectation(id)).toMatchObject({ state: 'unconfirmed' })
      expect(spine.script.submits).toHaveLength(1)
      await spine.pass(HOUR)
      await worker.drain()
      expect(await spine.expectation(id)).toMatchObject({ state: 'expired' })
      expect(await spine.job(jobId)).toMatchObject({ state: 'deadletter', error: { code: 'PARSE_TIMED_OUT' } })
      expect(spine.script.submits).toHaveLength(1)
    },
  )

  it.each(['safe', 'ask', 'never'] as const)(
    'has it found by our own id where the provider can be asked, and not made again (`%s`)',
    async (resubmit) => {
      const { spine, id, worker } = await crashed({ resubmit, abilities: ['check', 'find'] })
      await using _ = spine
      spine.script.find = async (expected) => (expected.id === id ? { externalId: 'ext-found' } : null)
      await worker.drain()
      await spine.pass(5 * MINUTE)
      await worker.drain()
      expect(await spine.expectation(id)).toMatchObject({ state: 'waiting', external_id: 'ext-found' })
      expect(spine.script.submits).toHaveLength(1)
      await spine.callBack({ id: 'ext-found' })
      await worker.drain()
      expect(await spine.expectation(id)).toMatchObject({ state: 'succeeded' })
    },
  )

  it('has it settled by the callback that comes all the same', async () => {
    const { spine, jobId, id, worker } = await crashed({ resubmit: 'safe' })
    await using _ = spine
    await worker.drain()
    await spine.callBack({ by: 'token', expectationId: id })
    await worker.drain()
    expect(await spine.expectation(id)).toMatchObject({ state: 'succeeded', settled_by: 'callback' })
    expect(await spine.job(jobId)).toMatchObject({ state: 'done' })
    await spine.pass(HOUR)
    await worker.drain()
    expect(spine.script.submits).toHaveLength(1)
  })

  it('is noticed also where its source is not configured any more, and given up at the deadline', async () => {
    const { spine, jobId, id, worker } = await crashed()
    await using _ = spine
    spine.sources.delete('parser')
    await worker.drain()
    expect(await spine.expectation(id)).toMatchObject({ state: 'unconfirmed' })
    await spine.pass(2 * HOUR)
    await worker.drain()
    expect(await spine.expectation(id)).toMatchObject({ state: 'expired' })
    expect(await spine.job(jobId)).toMatchObject({ state: 'deadletter' })
  })

  it('is tried again at once when an operator knows that it was not submitted', async () => {
    const { spine, jobId, id, worker } = await crashed({ resubmit: 'ask' })
    await using _ = spine
    await worker.drain()
    await spine.expectations.notSubmitted(id, { reason: 'the provider has no trace of it' }, somebody)
    await worker.drain()
    expect(await spine.expectation(id)).toMatchObject({ state: 'cancelled' })
    expect((await spine.attempts(jobId)).map(({ attempt, state }) => [attempt, state])).toEqual([
      [1, 'cancelled'],
      [2, 'waiting'],
    ])
    expect(await spine.job(jobId)).toMatchObject({ state: 'waiting' })
  })

  it('is not repeated for ever: the tries are counted, and the last one ends in the dead letters', async () => {
    await using spine = await setup({ resubmit: 'safe', maxRetries: 2 })
    spine.script.submit = async () => ({
      kind: 'unclear',
      error: { code: 'TIMEOUT', message: 'no answer came', retryable: true },
    })
    const jobId = await spine.startJob()
    const worker = spine.worker()
    await worker.drain()
    for (let turn = 0; turn < 5; turn++) {
      await spine.pass(6 * MINUTE)
      await worker.drain()
    }
    expect(spine.script.submits).toHaveLength(3)
    expect(await spine.job(jobId)).toMatchObject({ state: 'deadletter' })
    const attempts = await spine.attempts(jobId)
    await spine.callBack({ by: 'token', expectationId: attempts[0]?.id ?? '' })
    await worker.drain()
    expect(await spine.job(jobId)).toMatchObject({ state: 'done' })
    expect(await spine.all('select 1 from becket.wakeup')).toEqual([])
  })
})

describe('a submit whose answer comes while the provider is asked for it by our own id', () => {
  it('is not repeated', async () => {
    await using spine = await setup({ resubmit: 'safe', abilities: ['check', 'find'] })
    const called = deferred<string>()
    const answer = deferred<SubmitAnswer>()
    spine.script.submit = ({ clientId }) => {
      called.resolve(clientId)
      return answer.promise
    }
    const jobId = await spine.startJob()
    const slow = spine.worker('slow').step('job')
    const id = await called.promise
    const worker = spine.worker('fast')
    await spine.pass(MINUTE)
    await worker.step('expectation')
    await spine.pass(6 * MINUTE)
    const asked = deferred<void>()
    const found = deferred<null>()
    spine.script.find = () => {
      asked.resolve()
      return found.promise
    }
    const looking = worker.step('expectation')
    await asked.promise
    answer.resolve({ kind: 'accepted', externalId: 'ext-1' })
    await slow
    found.resolve(null)
    await looking
    expect(await spine.expectation(id)).toMatchObject({ state: 'waiting' })
    expect(await spine.job(jobId)).toMatchObject({ state: 'waiting', attempt: 1 })
  })
})

describe('a submit whose answer comes after it was decided to repeat it, and before that was done', () => {
  it('is waited for again: the provider is not asked for the same work twice', async () => {
    await using spine = await setup({ resubmit: 'safe' })
    const called = deferred<string>()
    const answer = deferred<SubmitAnswer>()
    spine.script.submit = ({ clientId }) => {
      called.resolve(clientId)
      return answer.promise
    }
    const jobId = await spine.startJob()
    const slow = spine.worker('slow').step('job')
    const id = await called.promise
    const worker = spine.worker('fast')
    await spine.pass(MINUTE)
    await worker.step('expectation')
    await spine.pass(6 * MINUTE)
    await worker.step('expectation')
    expect(await spine.job(jobId)).toMatchObject({ state: 'retryable' })

    answer.resolve({ kind: 'accepted', externalId: 'ext-1' })
    await slow
    await worker.step('job')
    expect(spine.script.submits).toHaveLength(1)
    expect(await spine.job(jobId)).toMatchObject({ state: 'waiting' })
    expect(await spine.wakeups('job')).toEqual([])
    await spine.callBack({ id: 'ext-1', status: 'failed' })
    await worker.step('callback')
    expect(await spine.expectation(id)).toMatchObject({ state: 'failed' })
    expect(await spine.job(jobId)).toMatchObject({ state: 'retryable' })
  })
})
