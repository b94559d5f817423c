/** Two processes share a heap of plain jobs, and one after the other is thought dead in the midst of it. */
import { describe, expect, it } from 'vitest'
import { createJobMaking } from '../../src/services/job-creation.ts'
import { noRoom } from '../../src/store/handover.ts'
import { type Spine, setup, somebody } from './setup.ts'
import { trivialEngine, trivialShapes } from './trivial.ts'

const JOBS = 1_000

async function makeJobs(spine: Spine): Promise<void> {
  const common = { sinks: new Map(), deliverTo: {}, shapes: trivialShapes }
  const { make } = createJobMaking({ db: spine.db, room: noRoom(() => {}), ...common })
  const numbers = Array.from({ length: JOBS }, (_, number) => number)
  await Promise.all(numbers.map((number) => make({ pipeline: 'trivial', key: `${number}`, input: {} }, somebody)))
}

/** What a process holds falls to others at once; what it was doing goes on, as in one that hung. */
async function thinkDead(spine: Spine, owner: string): Promise<number> {
  const { count } = await spine.db.query(
    `update becket.wakeup set owner = 'ins_dead', due = clock_timestamp() where owner = $1`,
    [owner],
  )
  return count
}

const untilDone = (spine: Spine) =>
  expect
    .poll(() => spine.all(`select count(*)::int as open from becket.job where state <> 'done'`), {
      timeout: 20_000,
      interval: 20,
    })
    .toEqual([{ open: 0 }])

describe('a thousand plain jobs shared by two processes', () => {
  it('end once each, also those whose holders were thought dead', async () => {
    await using spine = await setup()
    await makeJobs(spine)
    const runs = new Map<string, number>()
    let lost = 0
    let done = 0
    const engines = ['ins_one', 'ins_two'].map((owner) =>
      trivialEngine(spine, {
        owner,
        slots: 25,
        run: async ({ job }) => {
          runs.set(job.id, (runs.get(job.id) ?? 0) + 1)
          done += 1
          if (done === 200) lost += await thinkDead(spine, 'ins_one')
          if (done === 450) lost += await thinkDead(spine, 'ins_two')
          if (done === 700) lost += (await thinkDead(spine, 'ins_one')) + (await thinkDead(spine, 'ins_two'))
          return { outcome: { kind: 'done' } }
        },
      }),
    )
    for (const engine of engines) await engine.start()
    await untilDone(spine)
    for (const engine of engines) await engine.stop()
    expect(await spine.all('select 1 from becket.wakeup')).toEqual([])
    expect(await spine.all('select 1 from becket.job where version <> 2')).toEqual([])
    const ends = await spine.all<{ count: number }>(
      `select count(*)::int as count from becket.event where type = 'job.done' group by job_id`,
    )
    expect(ends).toHaveLength(JOBS)
    expect(ends.every(({ count }) => count === 1)).toBe(true)
    expect(lost).toBeGreaterThan(0)
    // Only what somebody was thought to have dropped was worked on again.
    expect([...runs.values()].reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(JOBS + lost)
  })

  it('are left to the other by one whose slots are all taken', async () => {
    await using spine = await setup()
    await makeJobs(spine)
    const byOwner: Record<string, number> = { ins_full: 0, ins_free: 0 }
    const counted = (owner: string) => () => {
      byOwner[owner] = (byOwner[owner] ?? 0) + 1
    }
    let letGo: () => void = () => {}
    const stuck = new Promise<void>((resolve) => {
      letGo = resolve
    })
    const full = trivialEngine(spine, {
      owner: 'ins_full',
      slots: 5,
      run: async () => {
        counted('ins_full')()
        await stuck
        return { outcome: { kind: 'done' } }
      },
    })
    const free = trivialEngine(spine, {
      owner: 'ins_free',
      slots: 25,
      run: async () => {
        counted('ins_free')()
        return { outcome: { kind: 'done' } }
      },
    })
    await full.start()
    await expect.poll(() => byOwner.ins_full).toBe(5)
    await free.start()
    await expect.poll(() => byOwner.ins_free, { timeout: 20_000 }).toBe(JOBS - 5)
    letGo()
    await untilDone(spine)
    for (const engine of [full, free]) await engine.stop()
    expect(byOwner).toEqual({ ins_full: 5, ins_free: JOBS - 5 })
  })
})
