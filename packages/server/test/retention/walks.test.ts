import { describe, expect, it } from 'vitest'
import { createDoomedObjects } from '../../src/engine/doomed-objects.ts'
import { silentLog } from '../../src/observe/log.ts'
import { createBreakers } from '../../src/store/breakers.ts'
import { DAY_MS } from '../../src/store/partitions.ts'
import { sliceOf } from '../../src/store/retention-walk.ts'
import { createMemoryStorage } from '../storage/memory-storage.ts'
import { counting, idAt, setup } from './setup.ts'

describe('what has ended', () => {
  it('keeps its summary when its bulk goes', async () => {
    await using past = await setup()
    const jobId = await past.addJob({ madeDaysAgo: 95, endedDaysAgo: 94, state: 'deadletter' })
    const callId = await past.addCall({
      madeDaysAgo: 95,
      state: 'succeeded',
      settledDaysAgo: 94,
      deadlineDaysAgo: 94,
      jobId,
    })
    const before = await past.row('job', jobId)
    expect((await past.pruner().prune(past.nowMs)).removed).toEqual({ 'jobs.emptied': 1 })
    const after = await past.row('job', jobId)
    expect(after).toEqual({ ...before, input: {}, data: {}, output: null, pruned_at: expect.any(Date) })
    expect(await past.row('expectation', callId)).toMatchObject({
      state: 'succeeded',
      settled_by: 'callback',
      outcome: null,
      parameters: { expectWithinMs: 1, input: null },
      pruned_at: expect.any(Date),
    })
    expect((await past.pruner().prune(past.nowMs)).removed).toEqual({})
  })

  it('is left alone until it ended so long ago, however long ago it began', async () => {
    await using past = await setup()
    const open = await past.addJob({ madeDaysAgo: 200, endedDaysAgo: null })
    const openCall = await past.addCall({ madeDaysAgo: 200, state: 'waiting', deadlineDaysAgo: -1 })
    const revivable = await past.addCall({ madeDaysAgo: 200, state: 'expired', deadlineDaysAgo: 10 })
    const late = await past.addJob({ madeDaysAgo: 200, endedDaysAgo: 80 })
    const untouched = [await past.row('job', open), await past.row('expectation', openCall)]
    const revivableBefore = await past.row('expectation', revivable)
    expect((await past.pruner().prune(past.nowMs)).removed).toEqual({})
    expect([await past.row('job', open), await past.row('expectation', openCall)]).toEqual(untouched)
    expect(await past.row('expectation', revivable)).toEqual(revivableBefore)

    // What was noted when the walk came by is found when its time has come, and only that.
    const later = await past.pruner().prune(past.nowMs + 11 * DAY_MS)
    expect(later.removed['jobs.emptied']).toBe(1)
    expect(later.removed['calls.emptied']).toBeUndefined()
    expect(await past.row('job', late)).toMatchObject({ output: null })
    expect((await past.pruner().prune(past.nowMs + 81 * DAY_MS)).removed['calls.emptied']).toBe(1)
    expect([await past.row('job', open), await past.row('expectation', openCall)]).toEqual(untouched)
  })

  it('goes altogether when its summary is too old, and its key is free again; but for the job of a document', async () => {
    await using past = await setup()
    const jobId = await past.addJob({ madeDaysAgo: 400, endedDaysAgo: 399 })
    const ofJob = await past.addCall({
      madeDaysAgo: 400,
      state: 'failed',
      settledDaysAgo: 399,
      deadlineDaysAgo: 399,
      jobId,
    })
    const call = await past.addCall({ madeDaysAgo: 400, state: 'cancelled', deadlineDaysAgo: 399 })
    const ofDocument = await past.addJob({ madeDaysAgo: 400, endedDaysAgo: 399 })
    await past.db.query(
      `insert into becket.document (id, owner, filename, mime, bytes, sha256, state, raw_path, job_id)
       values ($1, 'o', 'f', 'm', 1, '\\x01', 'finalized', 'raw/a.pdf', $2)`,
      [idAt('document', past.ago(400)), ofDocument],
    )
    const report = await past.pruner().prune(past.nowMs)
    expect(report.removed).toEqual({ 'jobs.emptied': 2, 'calls.emptied': 1, 'jobs.removed': 1, 'calls.removed': 1 })
    expect(await past.row('job', jobId)).toBeNull()
    expect(await past.row('expectation', ofJob)).toBeNull()
    expect(await past.row('expectation', call)).toBeNull()
    expect(await past.row('job', ofDocument)).toMatchObject({ state: 'done', output: null })
    expect(await past.count('retention_later')).toBe(0)
  })

  it('takes its deliveries along, but none that is still to go', async () => {
    await using past = await setup()
    const states = ['delivered', 'dead', 'pending']
    for (const state of states) {
      await past.db.query(
        `insert into becket.outbox (id, sink, queue, ordering, key, subject, type, result, state, ended_at)
         values ($1, 'box', 'q', 'o', $2, 'job_x', 'job.done', '{}', $2, to_timestamp($3::float8 / 1000))`,
        [idAt('delivery', past.ago(92)), state, state === 'pending' ? null : past.ago(91.5)],
      )
    }
    expect((await past.pruner().prune(past.nowMs)).removed).toEqual({ 'deliveries.removed': 2 })
    const { rows } = await past.db.query('select state from becket.outbox')
    expect(rows).toEqual([{ state: 'pending' }])
  })

  it('is gone over in batches, each from where the last one ended', async () => {
    await using past = await setup()
    for (let index = 0; index < 7; index++) await past.addJob({ madeDaysAgo: 100 + index, endedDaysAgo: 99 })
    const { db, statements } = counting(past.db)
    expect((await past.pruner({ on: db, batch: 3 }).prune(past.nowMs)).removed).toEqual({ 'jobs.emptied': 7 })
    expect(statements.filter((text) => text.startsWith('update becket.job'))).toHaveLength(3)
  })
})

describe('documents that were never finalized', () => {
  async function withDocuments() {
    const past = await setup()
    const { storage } = createMemoryStorage()
    const add = async (daysAgo: number, state: string, path: string) => {
      const id = idAt('document', past.ago(daysAgo))
      await past.db.query(
        `insert into becket.document (id, owner, filename, mime, bytes, sha256, state, raw_path, finalized_at)
         values ($1, 'o', 'f', 'm', 1, '\\x01', $2, $3, case when $2 = 'registered' then null else clock_timestamp() end)`,
        [id, state, path],
      )
      await storage.put(path, Buffer.from('%PDF-'), 'application/pdf')
      return id
    }
    const announced = await add(8, 'registered', 'raw/announced.pdf')
    const young = await add(6, 'registered', 'raw/young.pdf')
    const repeat = await add(8, 'duplicate', 'raw/repeat.pdf')
    const kept = await add(8, 'finalized', 'raw/kept.pdf')
    const breakers = createBreakers({ db: past.db, log: silentLog })
    const stored = async () => {
      const paths = ['announced', 'young', 'repeat', 'kept']
      const heads = await Promise.all(paths.map((path) => storage.head(`raw/${path}.pdf`)))
      return paths.filter((_, index) => heads[index]?.kind === 'found')
    }
    return { past, storage, breakers, stored, announced, young, repeat, kept }
  }

  it('go with what was uploaded of them, and repeats lose their content only', async () => {
    const { past, storage, breakers, stored, announced, young, repeat, kept } = await withDocuments()
    await using _ = past
    const objects = createDoomedObjects({ db: past.db, storage, breakers, log: silentLog })
    expect((await past.pruner({ objects }).prune(past.nowMs)).removed).toEqual({ 'uploads.removed': 1, objects: 2 })
    expect(await past.row('document', announced)).toBeNull()
    for (const id of [young, repeat, kept]) expect(await past.row('document', id)).not.toBeNull()
    expect(await stored()).toEqual(['young', 'kept'])
    expect((await past.pruner({ objects }).prune(past.nowMs)).removed).toEqual({})
  })

  it('are taken out of a storage that was away as soon as it is back', async () => {
    const { past, storage, breakers, stored } = await withDocuments()
    await using _ = past
    const away = { ...storage, delete: async () => ({ kind: 'unavailable' as const, reason: 'away' }) }
    const whileAway = createDoomedObjects({ db: past.db, storage: away, breakers, log: silentLog })
    expect((await past.pruner({ objects: whileAway }).prune(past.nowMs)).removed).toEqual({ 'uploads.removed': 1 })
    expect(await stored()).toHaveLength(4)
    const objects = createDoomedObjects({ db: past.db, storage, breakers, log: silentLog })
    expect((await past.pruner({ objects }).prune(past.nowMs)).removed).toEqual({ objects: 2 })
  })
})

describe('a round', () => {
  it('without anything to do costs four statements', async () => {
    await using past = await setup()
    await past.addJob({ madeDaysAgo: 10, endedDaysAgo: 9 })
    await past.addCall({ madeDaysAgo: 10, state: 'waiting', deadlineDaysAgo: -1 })
    const { db, statements } = counting(past.db)
    expect((await past.pruner({ on: db }).prune(past.nowMs)).removed).toEqual({})
    expect(statements).toHaveLength(4)
  })

  it('reads by index what lies between the last one and what is too young, whatever the history', async () => {
    await using past = await setup()
    await past.db.query(
      `insert into becket.job (id, pipeline, key, key_hash, input, stage, state, finished_at)
       select 'job_' || lpad(to_hex(n), 26, '0'), 'video', n::text, sha256(n::text::bytea), '{}', 'render', 'done', clock_timestamp()
       from generate_series(1, 20000) n`,
    )
    await past.db.query('analyze becket.job')
    for (const done of ['', 'job_00000000000000000000004e00']) {
      await past.db.query(
        `insert into becket.retention (name, done_to) values ('jobs.emptied', $1)
         on conflict (name) do update set done_to = excluded.done_to`,
        [done],
      )
      const { rows } = await past.db.query<{ 'QUERY PLAN': string }>(
        `explain (analyze, buffers off, timing off, costs off) ${sliceOf({ name: 'jobs.emptied', table: 'job' })}`,
        ['job_00000000000000000000004e20', 100],
      )
      const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
      expect(plan).toMatch(/Index (Only )?Scan using (job_pkey|job_by_time)/)
      expect(plan).not.toMatch(/Seq Scan on job/)
      expect(plan).not.toMatch(/Sort/)
    }
  })

  it('does nothing where another process is at it, and all of it the next time', async () => {
    await using past = await setup()
    await past.addJob({ madeDaysAgo: 100, endedDaysAgo: 99 })
    await past.db.tx(async (tx) => {
      await tx.query(`select pg_advisory_xact_lock(hashtextextended('becket retention ' || $1, 0))`, [past.db.schema])
      expect((await past.pruner().prune(past.nowMs)).removed).toEqual({})
    })
    expect((await past.pruner().prune(past.nowMs)).removed).toEqual({ 'jobs.emptied': 1 })
  })

  it('leaves a row that somebody holds for the next one', async () => {
    await using past = await setup()
    const id = await past.addJob({ madeDaysAgo: 100, endedDaysAgo: 99 })
    await past.db.tx(async (tx) => {
      await tx.query('select from becket.job where id = $1 for update', [id])
      expect((await past.pruner().prune(past.nowMs)).removed).toEqual({})
    })
    expect((await past.pruner().prune(past.nowMs)).removed).toEqual({ 'jobs.emptied': 1 })
  })

  it('is taken by one process of all, and written down', async () => {
    await using past = await setup()
    const one = past.pruner()
    await one.start()
    for (let duty: unknown; duty === undefined; ) {
      duty = (await past.db.query(`select 1 from becket.duty where name = 'retention' and ended_at is not null`))
        .rows[0]
    }
    await one.stop()
    const { rows } = await past.db.query<{ succeeded: boolean; detail: { removed: object } }>(
      `select succeeded, detail from becket.duty where name = 'retention'`,
    )
    expect(rows).toMatchObject([{ succeeded: true, detail: { removed: {}, unread: [], busy: [] } }])
    const { db, statements } = counting(past.db)
    const other = past.pruner({ on: db })
    await other.start()
    await other.stop()
    expect(statements.filter((text) => text.includes('pg_class'))).toEqual([])
  })
})
