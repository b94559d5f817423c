/** Jobs that are claimed and read in one statement: as good as claiming them first, and looking at them then. */
import { describe, expect, it, vi } from 'vitest'
import { decideJob } from '../../src/core/job.ts'
import type { Db } from '../../src/db/db.ts'
import { createPool } from '../../src/db/pool.ts'
import { createJobSteps } from '../../src/moves/job-steps.ts'
import { createJobMaking } from '../../src/services/job-creation.ts'
import type { Looked } from '../../src/store/claiming.ts'
import { takeHandedJob } from '../../src/store/handed-jobs.ts'
import { noRoom } from '../../src/store/handover.ts'
import { claimJobs } from '../../src/store/job-claims.ts'
import { type JobRow, readJob } from '../../src/store/jobs.ts'
import { claimDueWakeups } from '../../src/store/wakeup-claims.ts'
import { type Claim, keepWakeup } from '../../src/store/wakeups.ts'
import { deferred } from './script.ts'
import { MINUTE, type Spine, setup, somebody } from './setup.ts'
import { trivialEngine, trivialShape, trivialShapes } from './trivial.ts'

async function makeJobs(spine: Spine, count: number): Promise<string[]> {
  const { db } = spine
  const { make } = createJobMaking({
    db,
    room: noRoom(() => {}),
    sinks: new Map(),
    deliverTo: {},
    shapes: trivialShapes,
  })
  const keys = Array.from({ length: count }, (_, index) => `key-${index}`)
  const made = await Promise.all(keys.map((key) => make({ pipeline: 'trivial', key, input: { key } }, somebody)))
  return made.map(({ id }) => id)
}

const look = (owner: string) => ({
  ...{ lane: 'job' as const, ranks: [{ rank: 0, sinceMs: null }], limit: 10 },
  ...{ owner, aheadMs: MINUTE },
})

const claimAll = (spine: Spine, owner: string) => claimDueWakeups(spine.db, 'job', 100, owner, claimJobs)

function handedOf(claim: Claim): JobRow {
  const job = takeHandedJob(claim)
  if (job === null) throw new Error(`${claim.subject} was not read with its claim`)
  return job
}

const done = (job: JobRow, { rules }: Spine) =>
  decideJob(trivialShape, job, { kind: 'done' }, rules.retry, rules.random)

/**
 * A look that stands still where it comes to the last of these jobs, and goes on when it is told to. `standing` resolves
 * when it does, in the midst of its statement.
 */
async function slowLook(spine: Spine, last: string) {
  await spine.db.query(`create function becket.stand_at(subject text, last text) returns boolean language plpgsql as $$
    begin
      if subject = last then perform pg_advisory_xact_lock(4711); end if;
      return true;
    end $$`)
  const goOn = deferred<void>()
  const standing = deferred<void>()
  const holding = spine.db.tx(async (tx) => {
    await tx.query('select pg_advisory_xact_lock(4711)')
    standing.resolve()
    await goOn.promise
  })
  await standing.promise
  const slow: Db = {
    ...spine.db,
    query: (text, values) =>
      spine.db.query(
        text.replace('order by w.due', `and becket.stand_at(w.subject, '${last}') order by w.due`),
        values,
      ),
  }
  const looked = claimJobs(slow, look('ins_slow'))
  await vi.waitFor(async () => {
    const waiting = await spine.all(`select 1 from pg_locks where locktype = 'advisory' and not granted`)
    expect(waiting).toHaveLength(1)
  })
  return {
    async finish(): Promise<Looked> {
      goOn.resolve()
      await holding
      return looked
    },
  }
}

describe('a job that comes with its claim', () => {
  it('is what a look after the claim would find, and is handed over once', async () => {
    await using spine = await setup()
    await makeJobs(spine, 3)
    const claims = await claimAll(spine, 'ins_one')
    expect(claims).toHaveLength(3)
    for (const claim of claims) {
      expect(handedOf(claim)).toEqual(await readJob(spine.db, claim.subject))
      expect(takeHandedJob(claim)).toBeNull()
    }
  })

  it('is left for the next look where its holder, thought dead, moved it in the midst of this one', async () => {
    await using spine = await setup()
    const [first = '', moved = ''] = await makeJobs(spine, 2)
    const held = await claimAll(spine, 'ins_dead')
    await spine.pass(MINUTE)
    await spine.db.query(`update becket.wakeup set due = due - interval '1 s' where subject = $1`, [first])
    const { finish } = await slowLook(spine, first)
    const [claim] = held.filter(({ subject }) => subject === moved)
    if (claim === undefined) throw new Error('it was not claimed')
    await spine.db.tx(async (tx) => {
      await tx.query(`update becket.job set version = version + 1, data = '{"by": "dead"}' where id = $1`, [moved])
      await keepWakeup(tx, claim, 0)
    })
    const { found, nextMs } = await finish()
    expect(found.map(({ subject }) => subject)).toEqual([first])
    expect(nextMs).toBe(0)
    const [again] = (await claimJobs(spine.db, look('ins_two'))).found
    if (again === undefined) throw new Error('it was not due')
    expect(again.subject).toBe(moved)
    expect(handedOf(again)).toMatchObject({ version: 2, data: { by: 'dead' } })
  })
})

describe('a process that dies between the claim of many jobs and their end', () => {
  it('keeps them from others as long as its leases, and then each is worked on once more', async () => {
    await using spine = await setup()
    const ids = await makeJobs(spine, 20)
    const dead = (await claimAll(spine, 'ins_dead')).map((claim) => ({ claim, job: handedOf(claim) }))
    expect(dead).toHaveLength(20)
    expect(await claimAll(spine, 'ins_early')).toEqual([])
    await spine.pass(MINUTE)
    const worked: string[] = []
    const engine = trivialEngine(spine, {
      owner: 'ins_next',
      run: async ({ job }) => {
        worked.push(job.id)
        return { outcome: { kind: 'done' } }
      },
    })
    await engine.start()
    await vi.waitFor(async () => expect(await spine.wakeups('job')).toEqual([]), { timeout: 10_000 })
    await engine.stop()
    expect(worked.sort()).toEqual([...ids].sort())
    // It was not dead, only slow: what it brings now counts for nothing.
    const steps = createJobSteps({ db: spine.db })
    const late = await Promise.all(dead.map(({ job, claim }) => steps.take(job, done(job, spine), claim)))
    expect(late.every((row) => row === null)).toBe(true)
    for (const id of ids) expect(await spine.timeline(id)).toEqual(['job.created', 'job.done'])
  })

  it('loses its connection in the midst of writing their ends, and none is lost or ended twice', async () => {
    await using spine = await setup()
    const ids = await makeJobs(spine, 20)
    const db = createPool({ url: spine.url })
    const engine = trivialEngine(spine, { owner: 'ins_one', db })
    const [blocked = ''] = ids
    const holding = deferred<void>()
    const goOn = deferred<void>()
    const blocker = spine.db.tx(async (tx) => {
      await tx.query('select from becket.job where id = $1 for update', [blocked])
      holding.resolve()
      await goOn.promise
    })
    await holding.promise
    await engine.start()
    await vi.waitFor(async () => {
      const cut = await spine.all(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and wait_event_type = 'Lock' and query like 'with present%becket.job%'`,
      )
      expect(cut.length).toBeGreaterThan(0)
    })
    goOn.resolve()
    await blocker
    await vi.waitFor(async () => expect(await spine.wakeups('job')).toEqual([]), { timeout: 10_000 })
    await engine.stop()
    await db.close()
    for (const id of ids) expect(await spine.timeline(id)).toEqual(['job.created', 'job.done'])
  })
})
