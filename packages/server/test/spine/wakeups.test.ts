import { describe, expect, it } from 'vitest'
import { createLeases } from '../../src/engine/leases.ts'
import { silentLog } from '../../src/observe/log.ts'
import { noRoom, transact } from '../../src/store/handover.ts'
import { claimDueWakeups } from '../../src/store/wakeup-claims.ts'
import {
  type Claim,
  finishWakeup,
  keepWakeup,
  LostLease,
  releaseWakeups,
  renewLeases,
  rescheduleWakeup,
  retryWakeup,
  wake,
} from '../../src/store/wakeups.ts'
import { HOUR, MINUTE, type Spine, setup } from './setup.ts'

async function put(spine: Spine, subject: string, due: { afterMs?: number; rank?: number } = {}): Promise<void> {
  const { afterMs = 0, rank = 0 } = due
  await transact(
    spine.db,
    noRoom(() => {}),
    (tx, taker) => wake(tx, { lane: 'job', subject, rank, afterMs }, taker),
  )
}

async function claimOne(spine: Spine, subject: string, owner = 'ins_one'): Promise<Claim> {
  const claims = await claimDueWakeups(spine.db, 'job', 100, owner)
  const claim = claims.find((candidate) => candidate.subject === subject)
  if (claim === undefined) throw new Error(`${subject} was not due`)
  return claim
}

describe('a signal', () => {
  it('that comes while a worker holds the wakeup outlives the worker’s finish', async () => {
    await using spine = await setup()
    await put(spine, 'job_a')
    const claim = await claimOne(spine, 'job_a')
    await put(spine, 'job_a')
    await finishWakeup(spine.db, claim)
    expect(await spine.wakeup('job', 'job_a')).toMatchObject({ owner: null, lapses: 0, nextDueInMs: null })
    const again = await claimOne(spine, 'job_a', 'ins_two')
    await finishWakeup(spine.db, again)
    expect(await spine.wakeup('job', 'job_a')).toBeNull()
  })

  it('for later keeps its own time after the worker’s finish', async () => {
    await using spine = await setup()
    await put(spine, 'job_a')
    const claim = await claimOne(spine, 'job_a')
    await put(spine, 'job_a', { afterMs: HOUR })
    await put(spine, 'job_a', { afterMs: 10 * MINUTE })
    await put(spine, 'job_a', { afterMs: 2 * HOUR })
    await finishWakeup(spine.db, claim)
    const row = await spine.wakeup('job', 'job_a')
    expect(row?.dueInMs).toBeGreaterThan(9 * MINUTE)
    expect(row?.dueInMs).toBeLessThanOrEqual(10 * MINUTE)
  })

  it('that asks for sooner than the worker’s own next time wins, and one that asks for later does not', async () => {
    await using spine = await setup()
    for (const [subject, signalMs, ownMs] of [
      ['job_sooner', 0, HOUR],
      ['job_later', HOUR, 5 * MINUTE],
    ] as const) {
      await put(spine, subject)
      const claim = await claimOne(spine, subject)
      await put(spine, subject, { afterMs: signalMs })
      await rescheduleWakeup(spine.db, claim, ownMs)
      const row = await spine.wakeup('job', subject)
      expect(row).toMatchObject({ owner: null, nextDueInMs: null })
      expect(row?.dueInMs).toBeLessThanOrEqual(Math.min(signalMs, ownMs))
    }
    expect((await spine.wakeup('job', 'job_later'))?.dueInMs).toBeGreaterThan(4 * MINUTE)
  })

  it('does not take a wakeup away from its holder', async () => {
    await using spine = await setup()
    await put(spine, 'job_a')
    const claim = await claimOne(spine, 'job_a')
    await put(spine, 'job_a')
    expect(await claimDueWakeups(spine.db, 'job', 10, 'ins_two')).toEqual([])
    await keepWakeup(spine.db, claim, 1)
    expect(await spine.wakeup('job', 'job_a')).toMatchObject({ owner: 'ins_one', seq: 1 })
  })

  it('moves a waiting wakeup nearer, never further away', async () => {
    await using spine = await setup()
    await put(spine, 'job_a', { afterMs: HOUR })
    await put(spine, 'job_a', { afterMs: 2 * HOUR })
    expect((await spine.wakeup('job', 'job_a'))?.dueInMs).toBeLessThanOrEqual(HOUR)
    await put(spine, 'job_a', { afterMs: MINUTE })
    expect((await spine.wakeup('job', 'job_a'))?.dueInMs).toBeLessThanOrEqual(MINUTE)
  })

  it('sent to a dead holder is seen by whoever takes over, once', async () => {
    await using spine = await setup()
    await put(spine, 'job_a')
    await claimOne(spine, 'job_a')
    await put(spine, 'job_a')
    await spine.pass(MINUTE)
    const heir = await claimOne(spine, 'job_a', 'ins_two')
    expect(heir).toMatchObject({ seq: 1, lapses: 1 })
    await rescheduleWakeup(spine.db, heir, HOUR)
    expect((await spine.wakeup('job', 'job_a'))?.dueInMs).toBeGreaterThan(59 * MINUTE)
  })
})

describe('a holder whose lease was taken', () => {
  it('can neither finish, reschedule, keep, renew, retry nor release what somebody else holds now', async () => {
    await using spine = await setup()
    await put(spine, 'job_a')
    const late = await claimOne(spine, 'job_a')
    await spine.pass(MINUTE)
    await claimOne(spine, 'job_a', 'ins_two')
    const before = await spine.wakeup('job', 'job_a')
    await expect(finishWakeup(spine.db, late)).rejects.toBeInstanceOf(LostLease)
    await expect(rescheduleWakeup(spine.db, late, HOUR)).rejects.toBeInstanceOf(LostLease)
    await expect(keepWakeup(spine.db, late, 3)).rejects.toBeInstanceOf(LostLease)
    expect(await renewLeases(spine.db, [late])).toEqual(new Set())
    await retryWakeup(spine.db, late)
    await releaseWakeups(spine.db, [late])
    expect(await spine.wakeup('job', 'job_a')).toMatchObject({ owner: before?.owner, fence: before?.fence, lapses: 1 })
  })

  it('has its work aborted by the next renewal, and its other work goes on', async () => {
    await using spine = await setup()
    await put(spine, 'job_lost')
    await put(spine, 'job_kept')
    const claims = await claimDueWakeups(spine.db, 'job', 10, 'ins_one')
    const leases = createLeases({ db: spine.db, log: silentLog })
    const held = new Map(claims.map((claim) => [claim.subject, leases.hold(claim)]))
    const lost = held.get('job_lost')?.signal
    const aborted = new Promise((resolve) => lost?.addEventListener('abort', resolve))
    await spine.db.query(
      `update becket.wakeup set owner = 'ins_two', fence = nextval('becket.fence') where subject = 'job_lost'`,
    )
    await leases.start()
    await aborted
    await leases.stop()
    expect(lost?.reason).toBeInstanceOf(LostLease)
    expect(held.get('job_kept')?.signal.aborted).toBe(false)
  })
})

describe('renewing leases', () => {
  it('pushes the leases of all that is held in one statement, and leaves the rest alone', async () => {
    await using spine = await setup()
    for (const subject of ['job_a', 'job_b', 'job_c']) await put(spine, subject)
    const claims = await claimDueWakeups(spine.db, 'job', 2, 'ins_one')
    await spine.pass(14_000)
    expect(await renewLeases(spine.db, claims)).toEqual(new Set(claims.map((claim) => claim.fence)))
    for (const { subject } of claims) expect((await spine.wakeup('job', subject))?.dueInMs).toBeGreaterThan(14_000)
    expect(await claimDueWakeups(spine.db, 'job', 10, 'ins_two')).toHaveLength(1)
  })
})

describe('claiming', () => {
  it('takes later stages first, and within a stage what has waited longest', async () => {
    await using spine = await setup()
    await put(spine, 'job_early_new', { rank: 0 })
    await put(spine, 'job_late', { rank: 3 })
    await put(spine, 'job_early_old', { rank: 0 })
    await put(spine, 'job_middle', { rank: 1 })
    await spine.db.query(`update becket.wakeup set due = due - interval '1 minute' where subject = 'job_early_old'`)
    const order: string[] = []
    for (let turn = 0; turn < 4; turn++) {
      for (const { subject } of await claimDueWakeups(spine.db, 'job', 1, 'ins_one')) order.push(subject)
    }
    expect(order).toEqual(['job_late', 'job_middle', 'job_early_old', 'job_early_new'])
  })

  it.each([1, 7, 40])('takes at most %i, whatever plan the database chooses', async (limit) => {
    await using spine = await setup()
    for (let index = 0; index < 60; index++) await put(spine, `job_${index}`)
    for (const settings of ['', 'set local enable_hashjoin = off; set local enable_mergejoin = off']) {
      await spine.db.tx(async (tx) => {
        if (settings !== '') await tx.query(settings)
        const claims = await claimDueWakeups({ ...spine.db, query: tx.query }, 'job', limit, 'ins_one')
        expect(claims).toHaveLength(limit)
        await tx.query(`update becket.wakeup set owner = null, due = clock_timestamp()`)
      })
    }
  })

  it('by several workers at once gives each row to one of them', async () => {
    await using spine = await setup()
    for (let index = 0; index < 40; index++) await put(spine, `job_${index}`)
    const batches = await Promise.all(
      ['one', 'two', 'three', 'four'].map((name) => claimDueWakeups(spine.db, 'job', 15, `ins_${name}`)),
    )
    const subjects = batches.flat().map((claim) => claim.subject)
    expect(new Set(subjects).size).toBe(subjects.length)
    expect(subjects.length + (await claimDueWakeups(spine.db, 'job', 100, 'ins_one')).length).toBe(40)
  })
})
