import { describe, expect, it, vi } from 'vitest'
import { createEngine } from '../../src/engine/engine.ts'
import { createLane, type LaneOptions } from '../../src/engine/lane.ts'
import { createLeases } from '../../src/engine/leases.ts'
import { silentLog } from '../../src/observe/log.ts'
import { createBreakers } from '../../src/store/breakers.ts'
import { type Room, transact } from '../../src/store/handover.ts'
import { type Claim, type Lane, wake } from '../../src/store/wakeups.ts'
import { deferred } from './script.ts'
import { HOUR, type Spine, setup } from './setup.ts'

/** A process with so many slots in all, which takes over what it is given and does nothing with it. */
function roomFor(slots: number) {
  const taken: Claim[] = []
  const notified: Lane[] = []
  let free = slots
  const room: Room = {
    owner: 'ins_here',
    reserve: () => free > 0 && free-- > 0,
    release: () => void free++,
    take: (claim) => void taken.push(claim),
    notify: (lane) => void notified.push(lane),
  }
  return { room, taken, notified, free: () => free }
}

const job = (subject: string, afterMs = 0) => ({ lane: 'job' as const, subject, rank: 0, afterMs })

/** A lane of a process whose polling is as good as off: what it does, it was handed or told of. */
function laneOn(spine: Spine, options: Partial<LaneOptions> & Pick<LaneOptions, 'handle'>) {
  const leases = createLeases({ db: spine.db, log: silentLog })
  return createLane({
    lane: 'job',
    slots: 4,
    pollMs: HOUR,
    owner: 'ins_here',
    db: spine.db,
    leases,
    // Tests move rows into the past, where nobody looks for them until the next sweep.
    sweepEveryMs: 0,
    log: silentLog,
    ...options,
  })
}

describe('a wakeup written where there is room', () => {
  it('is written owned, and taken over after the commit without a claim', async () => {
    await using spine = await setup()
    const { room, taken, notified, free } = roomFor(1)
    await transact(spine.db, room, async (tx, taker) => {
      await wake(tx, job('job_a'), taker)
      expect(taken).toEqual([])
    })
    const row = await spine.wakeup('job', 'job_a')
    expect(row).toMatchObject({ owner: 'ins_here', seq: 0, lapses: 0 })
    expect(row?.dueInMs).toBeGreaterThan(10_000)
    expect(taken).toEqual([{ lane: 'job', subject: 'job_a', fence: row?.fence, seq: 0, lapses: 0 }])
    expect(notified).toEqual([])
    expect(free()).toBe(0)
  })

  it('for later is nobody’s until it is due', async () => {
    await using spine = await setup()
    const { room, taken, notified, free } = roomFor(1)
    await transact(spine.db, room, (tx, taker) => wake(tx, job('job_a', HOUR), taker))
    expect(await spine.wakeup('job', 'job_a')).toMatchObject({ owner: null })
    expect([taken, notified, free()]).toEqual([[], [], 1])
  })

  it('is given back with its room when the transaction rolls back', async () => {
    await using spine = await setup()
    const { room, taken, notified, free } = roomFor(1)
    const failing = transact(spine.db, room, async (tx, taker) => {
      await wake(tx, job('job_a'), taker)
      throw new Error('something after it failed')
    })
    await expect(failing).rejects.toThrow('something after it failed')
    expect(await spine.wakeup('job', 'job_a')).toBeNull()
    expect([taken, notified, free()]).toEqual([[], [], 1])
  })

  it('that another process holds already is signalled, and the room is given back', async () => {
    await using spine = await setup()
    await transact(spine.db, roomFor(0).room, (tx, taker) => wake(tx, job('job_a'), taker))
    await spine.worker('there').claim('job')
    const { room, taken, free } = roomFor(1)
    await transact(spine.db, room, (tx, taker) => wake(tx, job('job_a'), taker))
    expect(await spine.wakeup('job', 'job_a')).toMatchObject({ owner: 'ins_there', seq: 1 })
    expect([taken, free()]).toEqual([[], 1])
  })
})

describe('a wakeup written where there is no room', () => {
  it('is left due, and others are told, once a lane', async () => {
    await using spine = await setup()
    const { room, taken, notified } = roomFor(1)
    await transact(spine.db, room, async (tx, taker) => {
      for (const subject of ['job_a', 'job_b', 'job_c']) await wake(tx, job(subject), taker)
    })
    expect(taken.map((claim) => claim.subject)).toEqual(['job_a'])
    expect(notified).toEqual(['job'])
    expect(await spine.worker('there').claim('job')).toHaveLength(2)
  })

  it('tells nobody when the transaction rolls back', async () => {
    await using spine = await setup()
    const { room, notified } = roomFor(0)
    const failing = transact(spine.db, room, async (tx, taker) => {
      await wake(tx, job('job_a'), taker)
      throw new Error('failed')
    })
    await expect(failing).rejects.toThrow('failed')
    expect(notified).toEqual([])
  })
})

describe('two transactions that meet in a deadlock', () => {
  it('both succeed, and only the committed tries count', async () => {
    await using spine = await setup()
    const both = roomFor(10)
    const meet = [deferred<void>(), deferred<void>()]
    const tries = [0, 0]
    const cross = (mine: number, first: string, second: string) =>
      transact(spine.db, both.room, async (tx, taker) => {
        const turn = (tries[mine] ?? 0) + 1
        tries[mine] = turn
        await tx.query(`select pg_advisory_xact_lock(hashtext($1))`, [first])
        if (turn === 1) {
          meet[mine]?.resolve()
          await meet[1 - mine]?.promise
        }
        await tx.query(`select pg_advisory_xact_lock(hashtext($1))`, [second])
        await wake(tx, job(`job_${mine}`), taker)
      })
    await Promise.all([cross(0, 'a', 'b'), cross(1, 'b', 'a')])
    expect((tries[0] ?? 0) + (tries[1] ?? 0)).toBe(3)
    expect(both.taken).toHaveLength(2)
    expect(both.free()).toBe(8)
  })
})

describe('a whole worker that never polls', () => {
  it('takes a job from its start to its end by handing over to itself', async () => {
    await using spine = await setup()
    const engine = engineOn(spine)
    await engine.start()
    spine.script.submit = async () => ({
      kind: 'answered',
      externalId: null,
      outcome: { verdict: 'succeeded', output: { markdown: '#' } },
    })
    // Its first rounds find nothing; after them only the next poll, in an hour, would claim anything.
    await vi.waitFor(() => {
      for (const service of engine.services) expect(service.health().lastRoundMs).not.toBeNull()
    })
    const jobId = await startJobIn(spine, engine.room)
    await vi.waitFor(async () => expect(await spine.job(jobId)).toMatchObject({ state: 'done' }), { timeout: 10_000 })
    expect(await spine.all('select 1 from becket.wakeup')).toEqual([])
    await engine.stop()
  })
})

describe('a lane', () => {
  it('never works on more than it has slots for, also while a claim is on its way', async () => {
    await using spine = await setup()
    for (let index = 0; index < 3; index++) await spine.startJob()
    const asked = deferred<void>()
    const goOn = deferred<void>()
    const held = {
      ...spine.db,
      query: async <Row>(text: string, values?: readonly unknown[]) => {
        if (text.includes('skip locked')) {
          asked.resolve()
          await goOn.promise
        }
        return spine.db.query<Row>(text, values)
      },
    }
    const end = deferred<void>()
    const worked: string[] = []
    const lane = laneOn(spine, {
      db: held,
      slots: 3,
      handle: (claim) => {
        worked.push(claim.subject)
        return end.promise
      },
    })
    await lane.start()
    await asked.promise
    expect(lane.reserve()).toBe(false)
    goOn.resolve()
    await vi.waitFor(() => expect(worked).toHaveLength(3))
    expect(lane.reserve()).toBe(false)
    end.resolve()
    await lane.stop()
  })

  it('frees what it could not end when it stops, without counting that as a lapse', async () => {
    await using spine = await setup()
    const jobId = await spine.startJob()
    const began = deferred<void>()
    const lane = laneOn(spine, {
      drainMs: 0,
      handle: (_claim, { signal }) => {
        began.resolve()
        return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
      },
    })
    await lane.start()
    await began.promise
    await lane.stop()
    const row = await spine.wakeup('job', jobId)
    expect(row).toMatchObject({ owner: null, lapses: 0 })
    expect(row?.dueInMs).toBeLessThanOrEqual(0)
  })

  it('tries again later what failed unexpectedly, and later each time', async () => {
    await using spine = await setup()
    const jobId = await spine.startJob()
    const lane = laneOn(spine, { handle: () => Promise.reject(new Error('a bug')) })
    await lane.start()
    for (const [lapses, seconds] of [
      [1, 1],
      [2, 2],
      [3, 4],
    ]) {
      await vi.waitFor(async () => expect(await spine.wakeup('job', jobId)).toMatchObject({ owner: null, lapses }))
      const dueInMs = (await spine.wakeup('job', jobId))?.dueInMs ?? 0
      expect(dueInMs).toBeLessThanOrEqual((seconds ?? 0) * 1000)
      expect(dueInMs).toBeGreaterThan((seconds ?? 0) * 1000 - 900)
      await spine.pass(HOUR)
      lane.poke()
    }
    await lane.stop()
  })
})

function engineOn(spine: Spine) {
  const { db, sources, pipelines, rules, callbackUrl } = spine
  const breakers = createBreakers({ db, log: silentLog })
  return createEngine({
    db,
    owner: 'ins_here',
    sources,
    breakers,
    sinks: new Map(),
    pipelines,
    rules,
    asks: true,
    slots: 4,
    pollMs: HOUR,
    callbackUrl,
    notify: () => {},
    log: silentLog,
  })
}

async function startJobIn(spine: Spine, room: Room): Promise<string> {
  const id = await spine.startJob()
  await spine.db.query(`delete from becket.wakeup where subject = $1`, [id])
  await transact(spine.db, room, (tx, taker) => wake(tx, job(id), taker))
  return id
}
