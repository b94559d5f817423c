import { describe, expect, it } from 'vitest'
import { createLane } from '../../src/engine/lane.ts'
import { createLeases } from '../../src/engine/leases.ts'
import { silentLog } from '../../src/observe/log.ts'
import { noRoom, transact } from '../../src/store/handover.ts'
import { finishWakeup, readNextDue, wake } from '../../src/store/wakeups.ts'
import { HOUR, MINUTE, type Spine, setup } from './setup.ts'

async function put(spine: Spine, subject: string, afterMs: number, rank = 0): Promise<void> {
  const room = noRoom(() => {})
  await transact(spine.db, room, (tx, taker) => wake(tx, { lane: 'job', subject, rank, afterMs }, taker))
}

describe('the next row of a lane', () => {
  it('is the one that falls due first, whatever its rank', async () => {
    await using spine = await setup()
    expect(await readNextDue(spine.db, 'job')).toBeNull()
    await put(spine, 'job_later', HOUR, 4)
    await put(spine, 'job_soon', 10 * MINUTE, 2)
    await put(spine, 'job_last', 2 * HOUR, 0)
    const nextMs = await readNextDue(spine.db, 'job')
    expect(nextMs).toBeGreaterThan(9 * MINUTE)
    expect(nextMs).toBeLessThanOrEqual(10 * MINUTE)
    expect(await readNextDue(spine.db, 'callback')).toBeNull()
  })

  it('is due now when it is overdue', async () => {
    await using spine = await setup()
    await put(spine, 'job_a', 0)
    await spine.pass(MINUTE)
    expect(await readNextDue(spine.db, 'job')).toBe(0)
  })
})

it('what falls due before the next poll is not kept waiting for it', async () => {
  await using spine = await setup()
  await put(spine, 'job_a', 100)
  const { db } = spine
  const leases = createLeases({ db, log: silentLog })
  let handled: (subject: string) => void = () => {}
  const done = new Promise<string>((resolve) => {
    handled = resolve
  })
  const lane = createLane({
    lane: 'job',
    slots: 2,
    pollMs: HOUR,
    owner: 'ins_one',
    db,
    leases,
    log: silentLog,
    async handle(claim) {
      await finishWakeup(db, claim)
      handled(claim.subject)
    },
  })
  await lane.start()
  expect(await done).toBe('job_a')
  await lane.stop()
})
