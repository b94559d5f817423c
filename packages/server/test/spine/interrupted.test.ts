import { describe, expect, it } from 'vitest'
import type { SubmitAnswer } from '../../src/providers/provider.ts'
import { deferred } from './script.ts'
import { MINUTE, type Spine, setup } from './setup.ts'

/** The next submit is under way when its process dies; a later one finds out, and makes another attempt. */
async function dieWhileSubmitting(spine: Spine, name: string): Promise<void> {
  const called = deferred<void>()
  spine.script.submit = () => {
    called.resolve()
    return new Promise<SubmitAnswer>(() => {})
  }
  void spine
    .worker(name)
    .drain()
    .catch(() => {})
  await called.promise
  await spine.pass(20_000)
  // Found, and not submitted again before `expectWithin` is over.
  await spine.worker('heir').step('expectation')
  await spine.pass(6 * MINUTE)
}

describe('a process that dies while it submits', () => {
  it('costs the job none of its tries, however often a bad night brings that', async () => {
    await using spine = await setup({ resubmit: 'safe', maxRetries: 1 })
    const jobId = await spine.startJob()
    for (let death = 1; death <= 6; death++) await dieWhileSubmitting(spine, `dead-${death}`)
    spine.script.submit = async () => ({ kind: 'accepted', externalId: 'ext-alive' })
    await spine.worker().drain()
    expect(await spine.job(jobId)).toMatchObject({ state: 'waiting', attempt: 1, postponed: 6 })
    const attempts = await spine.attempts(jobId)
    expect(attempts.map(({ state }) => state)).toEqual([...Array(6).fill('unconfirmed'), 'waiting'])
    await spine.callBack({ id: 'ext-alive' })
    await spine.worker().drain()
    expect(await spine.job(jobId)).toMatchObject({ state: 'done' })
  })

  it('costs a try from the tenth attempt on: then it is the work that kills the processes', async () => {
    await using spine = await setup({ resubmit: 'safe', maxRetries: 1 })
    const jobId = await spine.startJob()
    for (let death = 1; death <= 11; death++) await dieWhileSubmitting(spine, `dead-${death}`)
    await spine.worker().drain()
    expect(await spine.attempts(jobId)).toHaveLength(11)
    const job = await spine.job(jobId)
    expect(job).toMatchObject({ state: 'deadletter', error: { code: 'PROVIDER_FAILED' } })
    expect(job.error?.message).not.toContain('another is made')
  })

  it('tells why nobody knows, until somebody does', async () => {
    await using spine = await setup({ resubmit: 'safe' })
    const jobId = await spine.startJob()
    await dieWhileSubmitting(spine, 'dead')
    const [attempt] = await spine.attempts(jobId)
    const id = attempt?.id ?? ''
    const errorOf = () => spine.one<{ error: unknown }>('select error from becket.expectation where id = $1', [id])
    expect(await errorOf()).toMatchObject({ error: { code: 'INTERRUPTED' } })
    await spine.callBack({ by: 'token', expectationId: id })
    await spine.worker().step('callback')
    expect(await errorOf()).toEqual({ error: null })
  })
})
