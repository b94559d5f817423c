import { describe, expect, it } from 'vitest'
import { setup, somebody } from './setup.ts'

describe('a job that is cancelled by hand', () => {
  it('takes its open attempts with it, and what comes later is late', async () => {
    await using spine = await setup()
    const jobId = await spine.startJob()
    const worker = spine.worker()
    await worker.drain()
    const id = (await spine.attempts(jobId))[0]?.id ?? ''
    await spine.jobs.cancel(jobId, { reason: 'not wanted any more' }, somebody)
    expect(await spine.expectation(id)).toMatchObject({ state: 'cancelled' })
    expect(await spine.all('select 1 from becket.wakeup')).toEqual([])
    await spine.callBack({ id: 'ext-1' })
    await worker.drain()
    expect(await spine.job(jobId)).toMatchObject({ state: 'cancelled' })
    expect(await spine.evidence(id)).toEqual(['callback:succeeded:late'])
  })

  it('while it is being handed over leaves nothing open', async () => {
    await using spine = await setup()
    for (let round = 0; round < 10; round++) {
      const jobId = await spine.startJob()
      const worker = spine.worker()
      const handing = worker.step('job').catch(() => 0)
      await Promise.all([handing, spine.jobs.cancel(jobId, { reason: 'not wanted' }, somebody)])
      expect(await spine.job(jobId)).toMatchObject({ state: 'cancelled' })
      expect(
        await spine.all(`select 1 from becket.expectation where state in ('submitting', 'waiting', 'unconfirmed')`),
      ).toEqual([])
    }
  })
})

describe('a dead letter that is tried again by hand', () => {
  it('begins its stage anew with another attempt, and may complete', async () => {
    await using spine = await setup()
    const jobId = await spine.startJob()
    const worker = spine.worker()
    await worker.drain()
    await spine.callBack({ id: 'ext-1', status: 'broken' })
    await worker.drain()
    expect(await spine.job(jobId)).toMatchObject({ state: 'deadletter', error: { code: 'PARSE_FAILED' } })
    await spine.jobs.retry(jobId, somebody)
    await worker.drain()
    await spine.callBack({ id: 'ext-2' })
    await worker.drain()
    expect(await spine.job(jobId)).toMatchObject({ state: 'done' })
    expect((await spine.attempts(jobId)).map(({ attempt, state }) => [attempt, state])).toEqual([
      [1, 'failed'],
      [2, 'succeeded'],
    ])
  })
})
