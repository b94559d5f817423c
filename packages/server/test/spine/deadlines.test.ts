import { describe, expect, it } from 'vitest'
import type { CheckAnswer } from '../../src/providers/provider.ts'
import { deferred } from './script.ts'
import { HOUR, MINUTE, setup, somebody } from './setup.ts'

describe('an expectation whose deadline passed', () => {
  it('is expired, with its job among the dead letters; a late success revives both', async () => {
    await using spine = await setup()
    const jobId = await spine.startJob()
    const worker = spine.worker()
    await worker.drain()
    const id = (await spine.attempts(jobId))[0]?.id ?? ''
    await spine.pass(2 * HOUR)
    await worker.drain()
    expect(await spine.expectation(id)).toMatchObject({ state: 'expired', settled_by: null })
    expect(await spine.job(jobId)).toMatchObject({ state: 'deadletter', error: { code: 'PARSE_TIMED_OUT' } })
    expect(await spine.all('select 1 from becket.wakeup')).toEqual([])

    await spine.callBack({ id: 'ext-1' })
    await worker.drain()
    expect(await spine.expectation(id)).toMatchObject({ state: 'succeeded', settled_by: 'callback' })
    expect(await spine.job(jobId)).toMatchObject({ state: 'done', error: null })
    expect((await spine.evidence(id)).at(-1)).toBe('callback:succeeded:revived')
  })

  it('stays expired when a failure comes late', async () => {
    await using spine = await setup()
    const jobId = await spine.startJob()
    const worker = spine.worker()
    await worker.drain()
    const id = (await spine.attempts(jobId))[0]?.id ?? ''
    await spine.pass(2 * HOUR)
    await worker.drain()
    await spine.callBack({ id: 'ext-1', status: 'broken' })
    await worker.drain()
    expect(await spine.expectation(id)).toMatchObject({ state: 'expired' })
    expect((await spine.evidence(id)).at(-1)).toBe('callback:failed:late')
  })

  it('is asked about a last time, and settles if that brings the outcome', async () => {
    await using spine = await setup()
    const jobId = await spine.startJob()
    const worker = spine.worker()
    await worker.drain()
    spine.script.check = async () => ({ kind: 'outcome', outcome: { verdict: 'succeeded', output: null } })
    await spine.pass(2 * HOUR)
    await worker.drain()
    expect((await spine.attempts(jobId))[0]).toMatchObject({ state: 'succeeded', settled_by: 'check', checks: 1 })
  })

  it('leaves no wakeup behind, though somebody asked for a check while the last one was under way', async () => {
    await using spine = await setup()
    const { script } = spine
    const jobId = await spine.startJob()
    const worker = spine.worker()
    await worker.drain()
    const id = (await spine.attempts(jobId))[0]?.id ?? ''
    const asked = deferred<void>()
    const answer = deferred<CheckAnswer>()
    script.check = () => {
      asked.resolve()
      return answer.promise
    }
    await spine.pass(2 * HOUR)
    const checking = worker.step('expectation')
    await asked.promise
    await spine.expectations.check(id, somebody)
    answer.resolve({ kind: 'pending' })
    await checking
    expect(await spine.expectation(id)).toMatchObject({ state: 'expired' })
    expect(await spine.wakeups('expectation')).toEqual([])
  })

  it('is given up even when the code that asks is broken', async () => {
    await using spine = await setup()
    const jobId = await spine.startJob()
    const worker = spine.worker()
    await worker.drain()
    spine.script.check = () => Promise.reject(new Error('a bug in the provider'))
    await spine.pass(2 * HOUR)
    await worker.drain()
    expect((await spine.attempts(jobId))[0]).toMatchObject({ state: 'expired' })
    expect(await spine.job(jobId)).toMatchObject({ state: 'deadletter' })
  })

  it('is found by its artifact where the status API has said for too long that the work goes on', async () => {
    await using spine = await setup({ abilities: ['check', 'artifact'] })
    const jobId = await spine.startJob()
    const worker = spine.worker()
    await worker.drain()
    spine.script.check = async () => ({ kind: 'pending' })
    spine.script.artifact = async () => ({ kind: 'found', output: { url: 'https://files.test/1' } })
    await spine.pass(6 * MINUTE)
    await worker.drain()
    expect((await spine.attempts(jobId))[0]).toMatchObject({ state: 'waiting' })
    await spine.pass(20 * MINUTE)
    await worker.drain()
    expect((await spine.attempts(jobId))[0]).toMatchObject({ state: 'succeeded', settled_by: 'artifact' })
  })

  it('is found by its artifact where the status API knows nothing', async () => {
    await using spine = await setup({ abilities: ['check', 'artifact'] })
    const jobId = await spine.startJob()
    const worker = spine.worker()
    await worker.drain()
    spine.script.check = async () => ({ kind: 'missing' })
    spine.script.artifact = async () => ({ kind: 'found', output: { url: 'https://files.test/1' } })
    await spine.pass(6 * MINUTE)
    await worker.drain()
    expect((await spine.attempts(jobId))[0]).toMatchObject({ state: 'succeeded', settled_by: 'artifact' })
  })
})
