import { describe, expect, it } from 'vitest'
import { createLane } from '../../src/engine/lane.ts'
import { createLeases } from '../../src/engine/leases.ts'
import { silentLog } from '../../src/observe/log.ts'
import { noRoom, transact } from '../../src/store/handover.ts'
import { claimWakeups, readRanks } from '../../src/store/wakeup-claims.ts'
import { finishWakeup, type Lane, wake } from '../../src/store/wakeups.ts'
import { HOUR, MINUTE, type Spine, setup } from './setup.ts'

async function put(spine: Spine, subject: string, afterMs: number, rank = 0): Promise<void> {
  const room = noRoom(() => {})
  await transact(spine.db, room, (tx, taker) => wake(tx, { lane: 'job', subject, rank, afterMs }, taker))
}

/** Of what would be left after taking nothing that is locked. */
async function nextDue(spine: Spine, lane: Lane, aheadMs = 3 * HOUR): Promise<number | null> {
  const ranks = (await readRanks(spine.db, lane)).map((rank) => ({ rank, sinceMs: null }))
  return (await claimWakeups(spine.db, { lane, ranks, limit: 10, owner: 'ins_one', aheadMs })).nextMs
}

describe('the next row of a lane', () => {
  it('is the one that falls due first, whatever its rank', async () => {
    await using spine = await setup()
    expect(await nextDue(spine, 'job')).toBeNull()
    await put(spine, 'job_later', HOUR, 4)
    await put(spine, 'job_soon', 10 * MINUTE, 2)
    await put(spine, 'job_last', 2 * HOUR, 0)
    const nextMs = await nextDue(spine, 'job')
    expect(nextMs).toBeGreaterThan(9 * MINUTE)
    expect(nextMs).toBeLessThanOrEqual(10 * MINUTE)
    expect(await nextDue(spine, 'callback')).toBeNull()
  })

  it('is due now where it is overdue and somebody has it locked', async () => {
    await using spine = await setup()
    await put(spine, 'job_a', 0)
    await spine.pass(MINUTE)
    await spine.db.tx(async (tx) => {
      await tx.query(`select 1 from becket.wakeup for update`)
      expect(await nextDue(spine, 'job')).toBe(0)
    })
  })

  it('is not what the look itself has claimed, and no concern of this look when it is far away', async () => {
    await using spine = await setup()
    await put(spine, 'job_a', 0)
    await put(spine, 'job_later', HOUR)
    expect(await nextDue(spine, 'job', MINUTE)).toBeNull()
    expect(await nextDue(spine, 'job')).toBeLessThanOrEqual(15_000)
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
