import { describe, expect, it } from 'vitest'
import { timeOfId } from '../../src/core/id.ts'
import { createSweeper } from '../../src/engine/sweeper.ts'
import { silentLog } from '../../src/observe/log.ts'
import { readCallback } from '../../src/store/callbacks.ts'
import { noRoom } from '../../src/store/handover.ts'
import { ensurePartitions } from '../../src/store/partitions.ts'
import { createBox } from './box.ts'
import { MINUTE, type Spine, setup, somebody } from './setup.ts'

const nothing = { expectations: 0, jobs: 0, callbacks: 0, deliveries: 0, orphans: 0 }

function sweeperOn(spine: Spine, slice?: number) {
  return createSweeper({ db: spine.db, room: noRoom(() => {}), sources: spine.sources, slice, log: silentLog })
}

async function forgetWakeups(spine: Spine): Promise<void> {
  await spine.db.query('delete from becket.wakeup')
}

describe('the sweeper', () => {
  it('finds nothing where everything has its wakeup', async () => {
    await using spine = await setup()
    await spine.startJob()
    await spine.expectations.register({ source: 'parser', operation: 'parse', key: 'k' }, somebody)
    await spine.callBack({ id: 'ext-unknown' })
    await spine.pass(2 * MINUTE)
    expect(await sweeperOn(spine).sweep()).toEqual(nothing)
  })

  it('wakes an open expectation that has no wakeup', async () => {
    await using spine = await setup()
    const request = { source: 'parser', operation: 'parse', key: 'k', externalId: 'ext-1' }
    const { expectation } = await spine.expectations.register(request, somebody)
    await forgetWakeups(spine)
    await spine.pass(2 * MINUTE)
    expect(await sweeperOn(spine).sweep()).toEqual({ ...nothing, expectations: 1 })
    expect(await spine.wakeup('expectation', expectation.id)).toMatchObject({ owner: null })
    expect(await sweeperOn(spine).sweep()).toEqual(nothing)
  })

  it('goes through many that are open a slice at a time, and begins anew at the end', async () => {
    await using spine = await setup()
    for (const key of ['a', 'b', 'c', 'd', 'e']) {
      await spine.expectations.register(
        { source: 'parser', operation: 'parse', key, externalId: `ext-${key}` },
        somebody,
      )
    }
    // All of them with one deadline: their ids say where the next slice begins.
    await spine.db.query(`update becket.expectation set deadline_at = clock_timestamp() + interval '1 day'`)
    await forgetWakeups(spine)
    await spine.pass(2 * MINUTE)
    const sweeper = sweeperOn(spine, 2)
    const found = []
    for (let round = 0; round < 3; round++) found.push((await sweeper.sweep()).expectations)
    expect(found).toEqual([2, 2, 1])
    expect(await spine.wakeups('expectation')).toHaveLength(5)
    await forgetWakeups(spine)
    expect(await sweeper.sweep()).toEqual({ ...nothing, expectations: 2 })
  })

  it('wakes an unfinished job that has no wakeup, and a callback that nobody read', async () => {
    await using spine = await setup({ settlesAtIntake: false })
    const jobId = await spine.startJob()
    const callbackId = await spine.callBack({ id: 'ext-unknown' })
    await forgetWakeups(spine)
    await spine.pass(2 * MINUTE)
    expect(await sweeperOn(spine).sweep()).toEqual({ ...nothing, jobs: 1, callbacks: 1 })
    await spine.worker().drain()
    expect(await spine.job(jobId)).toMatchObject({ state: 'waiting' })
    expect(await spine.callback(callbackId)).toMatchObject({ fate: 'orphan' })
  })

  it('wakes a queue with results still to go that has no wakeup', async () => {
    const box = createBox()
    await using spine = await setup({ sinks: new Map([[box.sink.id, box.sink]]) })
    const jobId = await spine.startJob([{ sink: 'box', queue: 'one' }])
    await spine.jobs.cancel(jobId, { reason: 'not needed' }, somebody)
    await forgetWakeups(spine)
    await spine.db.query(`update becket.outbox set created_at = created_at - interval '2 minutes'`)
    expect(await sweeperOn(spine).sweep()).toEqual({ ...nothing, deliveries: 1 })
    await spine.worker().drain()
    expect(box.taken.map(({ result }) => result.type)).toEqual(['job.cancelled'])
  })

  it('leaves what is younger than a minute to the transaction that may be writing it', async () => {
    await using spine = await setup()
    await spine.startJob()
    await forgetWakeups(spine)
    expect(await sweeperOn(spine).sweep()).toEqual(nothing)
  })

  it('has a job tried again that waits for an attempt which is not there any more', async () => {
    await using spine = await setup()
    const jobId = await spine.startJob()
    const worker = spine.worker()
    await worker.drain()
    await spine.db.query(`update becket.expectation set state = 'cancelled'`)
    await forgetWakeups(spine)
    await spine.pass(2 * MINUTE)
    expect(await sweeperOn(spine).sweep()).toEqual({ ...nothing, jobs: 1 })
    await worker.drain()
    await spine.pass(MINUTE)
    await worker.drain()
    expect((await spine.attempts(jobId)).map(({ state }) => state)).toEqual(['cancelled', 'waiting'])
    expect(await spine.job(jobId)).toMatchObject({ state: 'waiting', attempt: 2 })
  })

  it('rejoins an orphan with an expectation that its locks should have shown it', async () => {
    await using spine = await setup()
    const worker = spine.worker()
    const callbackId = await spine.callBack({ id: 'ext-1' })
    await worker.drain()
    const request = { source: 'parser', operation: 'parse', key: 'k' }
    const { expectation } = await spine.expectations.register(request, somebody)
    await spine.db.query(
      `update becket.expectation set state = 'waiting', external_id = 'ext-1', submitted_at = clock_timestamp(),
         correlation = (select correlation from becket.orphan limit 1)`,
    )
    expect(await sweeperOn(spine).sweep()).toEqual({ ...nothing, orphans: 1 })
    await worker.drain()
    expect(await spine.callback(callbackId)).toMatchObject({ fate: 'matched' })
    expect(await spine.expectation(expectation.id)).toMatchObject({ state: 'succeeded' })
    expect(await spine.count('orphan')).toBe(0)
  })

  it('may run in several processes at once: each thing is woken once', async () => {
    await using spine = await setup()
    for (let index = 0; index < 5; index++) await spine.startJob()
    await forgetWakeups(spine)
    await spine.pass(2 * MINUTE)
    await Promise.all([sweeperOn(spine).sweep(), sweeperOn(spine).sweep(), sweeperOn(spine).sweep()])
    expect(await spine.wakeups('job')).toHaveLength(5)
  })
})

describe('the daily partitions', () => {
  it('are made two days behind and a week ahead, once, by however many processes', async () => {
    await using spine = await setup()
    const names = await spine.all<{ name: string }>(
      `select c.relname as name from pg_class c where c.relispartition and c.relkind = 'r' order by 1`,
    )
    expect(names).toHaveLength(4 * 10)
    for (const table of ['callback', 'evidence', 'event', 'request']) await dropLast(spine, table)
    const made = await Promise.all([ensurePartitions(spine.db), ensurePartitions(spine.db), ensurePartitions(spine.db)])
    expect(made.flat().sort()).toEqual([...new Set(made.flat())].sort())
    expect(made.flat()).toHaveLength(4)
    expect(await ensurePartitions(spine.db)).toEqual([])
  })

  it('are made while somebody reads the table for hours: intake does not wait behind them', async () => {
    await using spine = await setup()
    await dropLast(spine, 'callback')
    await spine.db.tx(async (reader) => {
      await reader.query('select count(*) from becket.callback')
      await spine.db.tx(async (writer) => {
        await writer.query(`set local lock_timeout = '2s'`)
        expect(await ensurePartitions({ ...spine.db, tx: (work) => work(writer) })).toHaveLength(1)
      })
    })
  })

  it('hold each row in the one of its day, and a read by id looks into that one only', async () => {
    await using spine = await setup()
    const id = await spine.callBack({ id: 'ext-1' })
    expect((await readCallback(spine.db, id))?.id).toBe(id)
    const plan = await spine.all<{ 'QUERY PLAN': string }>('explain select * from becket.callback where id = $1', [id])
    const partitions = new Set(plan.flatMap((row) => row['QUERY PLAN'].match(/callback_\d{8}(?!\d)/g) ?? []))
    const day = new Date(timeOfId(id)).toISOString().slice(0, 10).replaceAll('-', '')
    expect([...partitions]).toEqual([`callback_${day}`])
  })
})

describe('what is asked again and again', () => {
  it('finds open expectations through their partial index, however many have ended', async () => {
    await using spine = await setup()
    await spine.db.query(
      `insert into becket.expectation (id, source, operation, key, key_hash, attempt, state, parameters, parameters_hash,
         expect_by, deadline_at)
       select 'exp_' || lpad(n::text, 26, '0'), 'parser', 'parse', n::text, sha256(n::text::bytea), 1, 'succeeded', '{}', '',
         clock_timestamp(), clock_timestamp() from generate_series(1, 20000) n`,
    )
    await spine.db.query('analyze becket.expectation')
    const plan = await spine.all<{ 'QUERY PLAN': string }>(
      `explain select e.id from becket.expectation e where e.state = any($1)
         and e.registered_at < clock_timestamp() - interval '1 minute'
         and not exists (select 1 from becket.wakeup w where w.lane = 'expectation' and w.subject = e.id) limit 500`,
      [['registered', 'submitting', 'waiting', 'unconfirmed']],
    )
    expect(plan.map((row) => row['QUERY PLAN']).join('\n')).toContain('expectation_open')
  })
})

/** The last day's partition of a table is gone, as it would be had nobody made it yet. */
async function dropLast(spine: Spine, table: string): Promise<void> {
  const { name } = await spine.one<{ name: string }>(
    `select max(c.relname::text) as name from pg_class c where c.relispartition and c.relkind = 'r' and c.relname like $1`,
    [`${table}\\_%`],
  )
  await spine.db.query(`drop table becket.${name}`)
}
