/**
 * What retention does with what is old enough: of jobs and calls first what is bulky goes, much later the summary; of what
 * was delivered, and of documents that never came, all. Each condition stands in the statement that changes the row. How
 * the rows are found is in `retention-walk.ts`.
 */
import { openStates } from '../core/expectation.ts'
import type { Queryable, Tx } from '../db/db.ts'
import type { Pruned } from './retention-walk.ts'

/** What waits for its object to be taken out of the storage, in `retention_later`. */
const OBJECT = 'object'

const JOB_HAS_ENDED = `j.state in ('done', 'deadletter', 'cancelled') and j.finished_at < to_timestamp($2::float8 / 1000)
  and not exists (select from becket.expectation e where e.job_id = j.id and e.state = any($3))`

/** Of one that expired, its deadline is its end: until then it may be revived, and for as long again as ends are kept. */
const CALL_HAS_ENDED = `e.state <> all($3) and coalesce(e.settled_at, e.deadline_at) < to_timestamp($2::float8 / 1000)`

const EMPTY_EXPECTATION = `outcome = null, parameters = jsonb_set(parameters, '{input}', 'null'), pruned_at = clock_timestamp()`

/** Input, data and output go, and with them what the job's expectations brought. */
export async function emptyJobs(tx: Tx, ids: readonly string[], endedBeforeMs: number): Promise<Pruned> {
  const ended = await lockEndedJobs(tx, ids, endedBeforeMs)
  await tx.query(`update becket.expectation set ${EMPTY_EXPECTATION} where job_id = any($1) and pruned_at is null`, [
    ended,
  ])
  const { count } = await tx.query(
    `update becket.job set input = '{}', data = '{}', output = null, pruned_at = clock_timestamp()
     where id = any($1) and pruned_at is null`,
    [ended],
  )
  return { removed: count, later: await unfinishedJobs(tx, ids, endedBeforeMs) }
}

/** The summaries, and with them the keys. A document's job stays as long as its document, which says by it how it stands. */
export async function removeJobs(tx: Tx, ids: readonly string[], endedBeforeMs: number): Promise<Pruned> {
  const ended = await lockEndedJobs(tx, ids, endedBeforeMs)
  const { rows } = await tx.query<{ id: string }>(
    `delete from becket.job j where j.id = any($1)
       and not exists (select from becket.document d where d.job_id = j.id) returning j.id`,
    [ended],
  )
  await tx.query('delete from becket.expectation where job_id = any($1)', [rows.map(({ id }) => id)])
  return { removed: rows.length, later: await unfinishedJobs(tx, ids, endedBeforeMs) }
}

/** Expectations first, then jobs, in id order, as everybody locks them. */
async function lockEndedJobs(tx: Tx, ids: readonly string[], endedBeforeMs: number): Promise<string[]> {
  await tx.query('select from becket.expectation where job_id = any($1) order by id for update', [ids])
  const { rows } = await tx.query<{ id: string }>(
    `select j.id from becket.job j where j.id = any($1) and ${JOB_HAS_ENDED} order by j.id for update`,
    [ids, endedBeforeMs, openStates],
  )
  return rows.map(({ id }) => id)
}

async function unfinishedJobs(tx: Tx, ids: readonly string[], endedBeforeMs: number): Promise<string[]> {
  const { rows } = await tx.query<{ id: string }>(
    `select j.id from becket.job j where j.id = any($1) and (${JOB_HAS_ENDED}) is not true`,
    [ids, endedBeforeMs, openStates],
  )
  return rows.map(({ id }) => id)
}

/** Calls: expectations that no job waits for. Those of jobs go with their job. */
export async function emptyCalls(tx: Tx, ids: readonly string[], endedBeforeMs: number): Promise<Pruned> {
  const { count } = await tx.query(
    `update becket.expectation e set ${EMPTY_EXPECTATION}
     where e.id = any($1) and e.job_id is null and e.pruned_at is null and ${CALL_HAS_ENDED}`,
    [ids, endedBeforeMs, openStates],
  )
  return { removed: count, later: await unfinishedCalls(tx, ids, endedBeforeMs) }
}

export async function removeCalls(tx: Tx, ids: readonly string[], endedBeforeMs: number): Promise<Pruned> {
  const { count } = await tx.query(
    `delete from becket.expectation e where e.id = any($1) and e.job_id is null and ${CALL_HAS_ENDED}`,
    [ids, endedBeforeMs, openStates],
  )
  return { removed: count, later: await unfinishedCalls(tx, ids, endedBeforeMs) }
}

async function unfinishedCalls(tx: Tx, ids: readonly string[], endedBeforeMs: number): Promise<string[]> {
  const { rows } = await tx.query<{ id: string }>(
    `select e.id from becket.expectation e where e.id = any($1) and e.job_id is null and (${CALL_HAS_ENDED}) is not true`,
    [ids, endedBeforeMs, openStates],
  )
  return rows.map(({ id }) => id)
}

export async function removeDeliveries(tx: Tx, ids: readonly string[], endedBeforeMs: number): Promise<Pruned> {
  const { count } = await tx.query(
    `delete from becket.outbox where id = any($1) and state <> 'pending' and ended_at < to_timestamp($2::float8 / 1000)`,
    [ids, endedBeforeMs],
  )
  const { rows } = await tx.query<{ id: string }>('select id from becket.outbox where id = any($1)', [ids])
  return { removed: count, later: rows.map(({ id }) => id) }
}

/** Announced and never finalized; and what was uploaded once more. Their objects are noted, to be taken out afterwards. */
export async function removeUploads(tx: Tx, ids: readonly string[]): Promise<Pruned> {
  const { rows, count } = await tx.query<{ raw_path: string }>(
    `delete from becket.document where id = any($1) and state = 'registered' returning raw_path`,
    [ids],
  )
  // One with a job of its own gave way to a newer one, and its job may still read it.
  const { rows: repeats } = await tx.query<{ raw_path: string }>(
    `select raw_path from becket.document
     where id = any($1) and state = 'duplicate' and job_id is null and finalized_at is not null`,
    [ids],
  )
  await tx.query('insert into becket.retention_later (walk, id) select $1, unnest($2::text[]) on conflict do nothing', [
    OBJECT,
    [...rows, ...repeats].map(({ raw_path }) => raw_path),
  ])
  return { removed: count, later: [] }
}

/** Keys of objects that nobody refers to any more. */
export async function readDoomedObjects(db: Queryable, limit: number): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    'select id from becket.retention_later where walk = $1 order by id limit $2',
    [OBJECT, limit],
  )
  return rows.map(({ id }) => id)
}

export async function forgetDoomedObject(db: Queryable, key: string): Promise<void> {
  await db.query('delete from becket.retention_later where walk = $1 and id = $2', [OBJECT, key])
}
