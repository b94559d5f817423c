import { describe, expect, it } from 'vitest'
import type { Lane } from '../../src/store/wakeups.ts'
import { MINUTE, type Spine, setup } from './setup.ts'

/** Holders come and go, each without finishing. */
async function die(spine: Spine, lane: Lane, times: number): Promise<void> {
  for (let turn = 0; turn < times; turn++) {
    expect(await spine.worker(`dead-${turn}`).claim(lane)).toHaveLength(1)
    await spine.pass(MINUTE)
  }
}

describe('work whose holders die again and again', () => {
  it('ends a job after ten as PROCESS_DIED_REPEATEDLY, with something to quote', async () => {
    await using spine = await setup()
    const jobId = await spine.startJob()
    await die(spine, 'job', 11)
    await spine.worker().step('job')
    const job = await spine.job(jobId)
    expect(job).toMatchObject({ state: 'deadletter', error: { code: 'PROCESS_DIED_REPEATEDLY', retryable: false } })
    expect(job.error?.supportId).toMatch(/^[0-9a-f-]{36}$/)
    expect(spine.script.submits).toEqual([])
    expect(await spine.wakeups('job')).toEqual([])
  })

  it('is tried as usual after nine, and then counts from nothing', async () => {
    await using spine = await setup()
    const jobId = await spine.startJob()
    await die(spine, 'job', 9)
    await spine.worker().step('job')
    expect(await spine.job(jobId)).toMatchObject({ state: 'waiting' })
    expect(spine.script.submits).toHaveLength(1)
  })

  it('quarantines a callback after ten, and keeps its bytes', async () => {
    await using spine = await setup({ settlesAtIntake: false })
    const { expectation } = await register(spine)
    const id = await spine.callBack({ by: 'token', expectationId: expectation.id, body: '{"status":"done"}' })
    await die(spine, 'callback', 11)
    await spine.worker().step('callback')
    const row = await spine.callback(id)
    expect(row).toMatchObject({ fate: 'quarantined', expectation_id: expectation.id })
    expect(row.fate_reason).toContain('in a row')
    expect(row.body.toString()).toBe('{"status":"done"}')
    expect(await spine.expectation(expectation.id)).toMatchObject({ state: 'registered' })
    expect(await spine.wakeups('callback')).toEqual([])
  })

  it('never stops the lane, however many they are', async () => {
    await using spine = await setup()
    await spine.startJob()
    await spine.worker('dead').claim('job')
    await spine.db.query(`update becket.wakeup set lapses = 32767, due = clock_timestamp()`)
    expect(await spine.worker().step('job')).toBe(1)
  })
})

function register(spine: Spine) {
  const request = { source: 'parser', operation: 'parse', key: 'k' }
  return spine.expectations.register(request, { keyId: 'key_test', name: 'somebody', role: 'app' })
}
