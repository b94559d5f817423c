/** Jobs that are made, and taken on, many in one statement: each caller is told what became of its own. */
import { describe, expect, it, vi } from 'vitest'
import { decideJob } from '../../src/core/job.ts'
import { createJobSteps } from '../../src/moves/job-steps.ts'
import { createJobMaking } from '../../src/services/job-creation.ts'
import { noRoom, type Room } from '../../src/store/handover.ts'
import { type JobRow, readJob } from '../../src/store/jobs.ts'
import { claimDueWakeups } from '../../src/store/wakeup-claims.ts'
import { type Claim, renewLeases, wake } from '../../src/store/wakeups.ts'
import { countingDb } from './counting.ts'
import { deferred } from './script.ts'
import { type Spine, setup, somebody } from './setup.ts'
import { trivialShape, trivialShapes } from './trivial.ts'

function makingOn(spine: Spine, options: { room?: Room; db?: Spine['db'] } = {}) {
  const { room = noRoom(() => {}), db = spine.db } = options
  return createJobMaking({ db, room, sinks: new Map(), deliverTo: {}, shapes: trivialShapes })
}

async function makeJobs(spine: Spine, count: number): Promise<string[]> {
  const { make } = makingOn(spine)
  const keys = Array.from({ length: count }, (_, index) => `key-${index}`)
  const made = await Promise.all(keys.map((key) => make({ pipeline: 'trivial', key, input: { key } }, somebody)))
  return made.map(({ id }) => id)
}

async function held(spine: Spine): Promise<{ job: JobRow; claim: Claim }[]> {
  const claims = await claimDueWakeups(spine.db, 'job', 100, 'ins_one')
  return Promise.all(
    claims.map(async (claim) => {
      const job = await readJob(spine.db, claim.subject)
      if (job === null) throw new Error(`${claim.subject} is not there`)
      return { job, claim }
    }),
  )
}

const done = (job: JobRow, { rules }: Spine) =>
  decideJob(trivialShape, job, { kind: 'done' }, rules.retry, rules.random)

const states = (spine: Spine) =>
  spine.all<{ state: string; count: number }>(
    'select state, count(*)::int as count from becket.job group by state order by state',
  )

describe('jobs that are asked for together', () => {
  it('are made in one statement after the first, with their wakeups and timelines', async () => {
    await using spine = await setup()
    const { db, statements } = countingDb(spine.db)
    const { make } = makingOn(spine, { db })
    const made = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        make({ pipeline: 'trivial', key: `key-${index}`, input: { index } }, somebody),
      ),
    )
    expect(statements).toHaveLength(1)
    expect(await states(spine)).toEqual([{ state: 'queued', count: 50 }])
    expect(await spine.wakeups('job')).toHaveLength(50)
    for (const { id, created } of made) {
      expect(created?.job).toEqual(await readJob(spine.db, id))
      expect(await spine.timeline(id)).toEqual(['job.created'])
    }
  })

  it('under one key are one job', async () => {
    await using spine = await setup()
    const { make } = makingOn(spine)
    const request = { pipeline: 'trivial', key: 'same', input: { a: 1 } }
    const made = await Promise.all([make(request, somebody), make(request, somebody), make(request, somebody)])
    expect(new Set(made.map(({ id }) => id)).size).toBe(1)
    expect(made.filter(({ created }) => created !== null)).toHaveLength(1)
    expect(await states(spine)).toEqual([{ state: 'queued', count: 1 }])
    await expect(make({ ...request, input: { a: 2 } }, somebody)).rejects.toMatchObject({ code: 'KEY_REUSED' })
  })

  it('fail alone where the database refuses what they say', async () => {
    await using spine = await setup()
    const { make } = makingOn(spine)
    const keys = ['key-a', 'key-\u0000', 'key-c']
    const outcomes = await Promise.allSettled(
      keys.map((key) => make({ pipeline: 'trivial', key, input: {} }, somebody)),
    )
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(await states(spine)).toEqual([{ state: 'queued', count: 2 }])
  })

  it('are handed over as far as there is room, and the rest is left due for others', async () => {
    await using spine = await setup()
    const taken: Claim[] = []
    const told: string[] = []
    let free = 3
    const room: Room = {
      owner: 'ins_here',
      reserve: () => free > 0 && free-- > 0,
      release: () => void free++,
      take: (claim) => void taken.push(claim),
      notify: (lane) => void told.push(lane),
    }
    const { make } = makingOn(spine, { room })
    const made = await Promise.all(
      Array.from({ length: 5 }, (_, index) => make({ pipeline: 'trivial', key: `key-${index}`, input: {} }, somebody)),
    )
    expect(taken).toHaveLength(3)
    expect(told).toEqual(['job'])
    expect(made.filter(({ created }) => created?.job.isWorking)).toHaveLength(3)
    const owned = (await spine.wakeups('job')).filter(({ owner }) => owner === 'ins_here')
    expect(owned.map(({ subject, fence }) => [subject, fence]).sort()).toEqual(
      taken.map(({ subject, fence }) => [subject, fence]).sort(),
    )
    expect(await claimDueWakeups(spine.db, 'job', 10, 'ins_there')).toHaveLength(2)
  })
})

describe('steps that are taken together', () => {
  it('are written in one statement for a hundred jobs', async () => {
    await using spine = await setup()
    await makeJobs(spine, 100)
    const { db, statements } = countingDb(spine.db)
    const steps = createJobSteps({ db })
    const work = await held(spine)
    const after = await Promise.all(work.map(({ job, claim }) => steps.take(job, done(job, spine), claim)))
    expect(statements).toHaveLength(1)
    expect(await states(spine)).toEqual([{ state: 'done', count: 100 }])
    expect(await spine.wakeups('job')).toEqual([])
    for (const row of after.slice(0, 5)) {
      const { isWorking, ...written } = row ?? {}
      expect(await readJob(spine.db, row?.id ?? '')).toMatchObject(written)
      expect(isWorking).toBe(true)
      expect(await spine.timeline(row?.id ?? '')).toEqual(['job.created', 'job.done'])
    }
  })

  it('leave out a job that somebody moved, one whose lease is lost, and one that was signalled', async () => {
    await using spine = await setup()
    await makeJobs(spine, 5)
    const work = await held(spine)
    const [moved, lost, signalled] = work
    if (moved === undefined || lost === undefined || signalled === undefined) throw new Error('too few were due')
    await spine.db.query('update becket.job set version = version + 1 where id = $1', [moved.job.id])
    await spine.db.query(
      `update becket.wakeup set owner = 'ins_two', fence = nextval('becket.fence') where subject = $1`,
      [lost.job.id],
    )
    await spine.db.tx((tx) => wake(tx, { lane: 'job', subject: signalled.job.id, rank: 0, afterMs: 0 }, null))
    const steps = createJobSteps({ db: spine.db })
    const after = await Promise.all(work.map(({ job, claim }) => steps.take(job, done(job, spine), claim)))
    expect(after.map((row) => row !== null)).toEqual([false, false, false, true, true])
    expect(await states(spine)).toEqual([
      { state: 'done', count: 2 },
      { state: 'queued', count: 3 },
    ])
    expect((await spine.wakeups('job')).map(({ subject }) => subject).sort()).toEqual(
      [moved, lost, signalled].map(({ job }) => job.id).sort(),
    )
    for (const { job } of [moved, lost, signalled]) expect(await spine.timeline(job.id)).toEqual(['job.created'])
  })

  it('of a holder that was thought dead and its successor in one batch count for the successor only', async () => {
    await using spine = await setup()
    await makeJobs(spine, 1)
    const [first] = await held(spine)
    await spine.pass(60_000)
    const [second] = await held(spine)
    if (first === undefined || second === undefined) throw new Error('nothing was due')
    const steps = createJobSteps({ db: spine.db })
    const take = ({ job, claim }: typeof first) => steps.take(job, done(job, spine), claim)
    expect((await Promise.all([take(first), take(second)])).map((row) => row !== null)).toEqual([false, true])
    expect(await spine.timeline(first.job.id)).toEqual(['job.created', 'job.done'])
  })

  it('whose leases are renewed in their midst are written all the same', async () => {
    await using spine = await setup()
    await makeJobs(spine, 5)
    const work = await held(spine)
    const holding = deferred<void>()
    const goOn = deferred<void>()
    const blocker = spine.db.tx(async (tx) => {
      await tx.query('select from becket.job for update')
      holding.resolve()
      await goOn.promise
    })
    await holding.promise
    const steps = createJobSteps({ db: spine.db })
    const stepping = Promise.all(work.map(({ job, claim }) => steps.take(job, done(job, spine), claim)))
    await vi.waitFor(async () => {
      const waiting = await spine.all('select 1 from pg_locks where not granted')
      expect(waiting).not.toEqual([])
    })
    const claims = work.map(({ claim }) => claim)
    expect((await renewLeases(spine.db, claims)).size).toBe(5)
    goOn.resolve()
    await blocker
    expect((await stepping).filter((row) => row === null)).toEqual([])
    expect(await spine.wakeups('job')).toEqual([])
  })

  it('keep the wakeup of a job that goes on, with the rank of its next stage', async () => {
    await using spine = await setup()
    await makeJobs(spine, 1)
    const [one] = await held(spine)
    if (one === undefined) throw new Error('nothing was due')
    const steps = createJobSteps({ db: spine.db })
    const move = { ...done(one.job, spine), state: 'queued' as const, stage: 'next', rank: 1, dueInMs: 0 }
    const after = await steps.take(one.job, move, one.claim, { data: { made: 'something' } })
    expect(after).toMatchObject({ stage: 'next', version: 2, data: { made: 'something' } })
    expect(await spine.wakeup('job', one.job.id)).toMatchObject({ owner: 'ins_one', rank: 1, fence: one.claim.fence })
  })
})
