/**
 * Room at a provider: how much of a source's operation is in the provider's hand, and the jobs that wait for room. Who
 * takes room and who leaves a job waiting for it hold one lock; who gives room back shares it, as the last thing before the commit.
 * Decides nothing; see `moves/attempts.ts`.
 */

import { digestOf } from '../core/digest.ts'
import { lockKeys } from '../core/lock-key.ts'
import type { Queryable, Tx } from '../db/db.ts'

export interface Place {
  source: string
  operation: string
}

export interface HeldBack {
  jobId: string
  /** Of its wakeup. */
  rank: number
}

/** Taken in a statement of its own: the count after it sees what everybody before us has done. */
export async function lockRoom(tx: Tx, place: Place): Promise<void> {
  await tx.query('select pg_advisory_xact_lock($1::bigint)', lockKeys([keyOf(place)]))
}

/** Among each other, those who give room back need not wait. */
export async function shareRoom(tx: Tx, places: readonly Place[]): Promise<void> {
  await tx.query(
    'select pg_advisory_xact_lock_shared(key) from (select unnest($1::bigint[]) as key order by 1) as sorted',
    [lockKeys(places.map(keyOf))],
  )
}

const IN_HAND = `e.source = $1 and e.operation = $2 and e.state in ('submitting', 'waiting', 'unconfirmed')
  and (e.state <> 'unconfirmed' or e.expect_by > clock_timestamp())`

/** What counts as in the provider's hand, no further than `limit`. Relies on expectation_in_hand. */
export async function countInHand(db: Queryable, { source, operation }: Place, limit: number): Promise<number> {
  const { rows } = await db.query<{ count: number }>(
    `select count(*)::int as count from (select from becket.expectation e where ${IN_HAND} limit $3) as counted`,
    [source, operation, limit],
  )
  return rows[0]?.count ?? 0
}

export async function holdBack(tx: Tx, { source, operation }: Place, job: { id: string; rank: number }): Promise<void> {
  await tx.query(
    'insert into becket.held_back (source, operation, job_id, rank) values ($1, $2, $3, $4) on conflict do nothing',
    [source, operation, job.id, job.rank],
  )
}

export async function letGo(tx: Tx, { source, operation }: Place, jobId: string): Promise<void> {
  await tx.query('delete from becket.held_back where source = $1 and operation = $2 and job_id = $3', [
    source,
    operation,
    jobId,
  ])
}

/** The oldest jobs that wait for room there; they wait no more. Relies on the primary key. */
export async function takeHeldBack(tx: Tx, { source, operation }: Place, count: number): Promise<HeldBack[]> {
  const { rows } = await tx.query<HeldBack>(
    `delete from becket.held_back h using (
       select waiting.job_id from becket.held_back waiting
       join becket.job j on j.id = waiting.job_id and j.state in ('queued', 'retryable')
       where waiting.source = $1 and waiting.operation = $2
       order by waiting.job_id limit $3 for update of waiting skip locked
     ) as next
     where h.source = $1 and h.operation = $2 and h.job_id = next.job_id
     returning h.job_id as "jobId", h.rank`,
    [source, operation, count],
  )
  return rows.sort((one, other) => (one.jobId < other.jobId ? -1 : 1))
}

/** Jobs that ended or went on while they waited for room: cancelled by hand, or completed by an older attempt. */
export async function forgetEnded(tx: Tx, { source, operation }: Place): Promise<void> {
  await tx.query(
    `delete from becket.held_back h where h.source = $1 and h.operation = $2
       and not exists (select from becket.job j where j.id = h.job_id and j.state in ('queued', 'retryable'))`,
    [source, operation],
  )
}

/** Where jobs wait for room, and how many. */
export async function countHeldBack(db: Queryable): Promise<(Place & { count: number })[]> {
  const { rows } = await db.query<Place & { count: number }>(
    `select source, operation, count(*)::int as count from becket.held_back group by source, operation
     order by source, operation`,
  )
  return rows
}

/** What is in each provider's hand. Relies on expectation_in_hand. */
export async function countAllInHand(db: Queryable): Promise<(Place & { count: number })[]> {
  const { rows } = await db.query<Place & { count: number }>(
    `select e.source, e.operation, count(*)::int as count from becket.expectation e
     where e.state in ('submitting', 'waiting', 'unconfirmed')
       and (e.state <> 'unconfirmed' or e.expect_by > clock_timestamp())
     group by e.source, e.operation`,
  )
  return rows
}

const given = new WeakMap<Tx, Place[]>()

/** An expectation stopped counting: what that means for those who wait is seen to before this transaction commits. */
export function noteRoom(tx: Tx, { source, operation }: Place): void {
  const places = given.get(tx)
  if (places === undefined) given.set(tx, [{ source, operation }])
  else places.push({ source, operation })
}

/** One for each expectation that stopped counting in this transaction. */
export function notedRoom(tx: Tx): readonly Place[] {
  return given.get(tx) ?? []
}

function keyOf({ source, operation }: Place): Buffer {
  return digestOf('room', [source, operation])
}
