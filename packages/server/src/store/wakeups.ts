/**
 * The one table of time. A row says: at `due`, this subject of this lane needs attention. One row per subject and lane.
 * The fence makes sure that only its present holder moves it; evidence is appended without asking it. No `due` is ever
 * written that is past already, since claims look no further back than some seconds. Claiming is `wakeup-claims.ts`.
 */
import type { Queryable, Tx } from '../db/db.ts'
import { noteEnd } from './claim-ends.ts'

export const lanes = ['callback', 'expectation', 'job', 'outbox'] as const

export type Lane = (typeof lanes)[number]

/** A wakeup in this process's hand. */
export interface Claim {
  lane: Lane
  subject: string
  fence: string
  seq: number
  /** How many holders in a row went away without finishing. */
  lapses: number
}

/** 15 s: three renewals may fail before another process takes over, and a crash is noticed within a coffee's sip. */
export const LEASE_MS = 15_000

/** Counted no further than 1,000: a count that outgrew its column would stop the whole lane. */
export const ONE_MORE_LAPSE = `least(1000, w.lapses + 1)`

/**
 * A row that waits keeps the earlier time, and with it its place in the queue, unless its rank changes: nobody looks for
 * an old row where it comes to lie then.
 */
export const dueOfSignalled = (asked: string) => `case when w.owner is not null then w.due
         when w.rank = excluded.rank then least(w.due, ${asked})
         else greatest(least(w.due, ${asked}), clock_timestamp()) end`

/** Somebody else owns the wakeup now; what was being done must be rolled back. */
export class LostLease extends Error {
  override readonly name = 'LostLease'
  constructor(claim: Claim) {
    super(`the lease on ${claim.lane} ${claim.subject} was lost: another process works on it`)
  }
}

/** Room that this process has for work it writes itself; see `handover.ts`. */
export interface Taker {
  owner: string
  reserve(lane: Lane): boolean
  took(claim: Claim): void
  /** Something due now was left for whoever has room. */
  left(lane: Lane): void
}

export interface Due {
  lane: Lane
  subject: string
  /** Higher is served first. */
  rank: number
  afterMs: number
}

/**
 * Puts a wakeup into the table, or signals the one that is there. What can run at once and has room here is written
 * already owned, and goes to the taker. Relies on the primary key.
 */
export async function wake(tx: Tx, due: Due, taker: Taker | null): Promise<void> {
  const reserved = due.afterMs <= 0 && taker?.reserve(due.lane) === true
  const { rows } = await tx.query<{ fence: string | null; inserted: boolean }>(
    `insert into becket.wakeup as w (lane, subject, rank, due, fence, owner)
     values ($1, $2, $3,
       clock_timestamp() + greatest($4::float8, case when $5::text is null then 0 else ${LEASE_MS} end) * interval '1 ms',
       case when $5::text is null then null else nextval('becket.fence') end, $5)
     on conflict (lane, subject) do update set
       seq = w.seq + 1,
       rank = excluded.rank,
       next_due = case when w.owner is null then null
         else least(coalesce(w.next_due, 'infinity'), clock_timestamp() + greatest($4::float8, 0) * interval '1 ms') end,
       due = ${dueOfSignalled("clock_timestamp() + greatest($4::float8, 0) * interval '1 ms'")}
     returning fence, xmax = 0 as inserted`,
    [due.lane, due.subject, due.rank, due.afterMs, reserved ? taker.owner : null],
  )
  const row = rows[0]
  // A row was there already: whoever holds it, or claims it next, sees the signal. The reserved room goes back with the
  // transaction's end, since nothing was taken for it.
  if (reserved && row?.inserted === true && row.fence !== null) {
    taker.took({ lane: due.lane, subject: due.subject, fence: String(row.fence), seq: 0, lapses: 0 })
  } else if (due.afterMs <= 0) {
    taker?.left(due.lane)
  }
}

/** Wakeups for subjects that were made in this transaction, in one statement: as many owned as there is room for here. */
export async function wakeNew(tx: Tx, lane: Lane, subjects: readonly string[], taker: Taker | null): Promise<void> {
  if (subjects.length === 0) return
  const owners = subjects.map(() => (taker?.reserve(lane) === true ? taker.owner : null))
  const { rows } = await tx.query<{ subject: string; fence: string | null }>(
    `insert into becket.wakeup (lane, subject, due, fence, owner)
     select $1, subject, clock_timestamp() + case when owner is null then 0 else ${LEASE_MS} end * interval '1 ms',
       case when owner is null then null else nextval('becket.fence') end, owner
     from unnest($2::text[], $3::text[]) as fresh (subject, owner)
     returning subject, fence`,
    [lane, subjects, owners],
  )
  for (const { subject, fence } of rows) {
    if (fence === null) taker?.left(lane)
    else taker?.took({ lane, subject, fence: String(fence), seq: 0, lapses: 0 })
  }
}

/** Makes many subjects due now, or signals the rows that are there: left for whoever has room. Relies on the primary key. */
export async function wakeAll(
  tx: Tx,
  { lane, subjects, rank }: { lane: Lane; subjects: readonly string[]; rank: number },
  taker: Taker,
): Promise<void> {
  if (subjects.length === 0) return
  await tx.query(
    `insert into becket.wakeup as w (lane, subject, rank, due)
     select $1, subject, $3, clock_timestamp() from unnest($2::text[]) as woken (subject)
     on conflict (lane, subject) do update set
       seq = w.seq + 1,
       rank = greatest(w.rank, excluded.rank),
       next_due = case when w.owner is null then null else clock_timestamp() end,
       due = ${dueOfSignalled('clock_timestamp()')}`,
    // One order for everybody, so that two batches never wait for each other.
    [lane, [...subjects].sort(), rank],
  )
  taker.left(lane)
}

/**
 * Renews leases in one statement; answers the fences that are still ours. What somebody has locked is left for the next
 * time: whoever moves many wakeups at once and waits for one of ours must not wait for us, nor we, with all leases, for it.
 */
export async function renewLeases(db: Queryable, claims: readonly Claim[]): Promise<Set<string>> {
  const { rows } = await db.query<{ fence: string }>(
    `with ours as materialized (
       select w.lane, w.subject, w.fence
       from unnest($1::text[], $2::text[], $3::bigint[]) as held (lane, subject, fence)
       join becket.wakeup w on w.lane = held.lane and w.subject = held.subject and w.fence = held.fence
       where w.owner is not null
     ), free as materialized (
       select w.lane, w.subject from becket.wakeup w
       join ours on w.lane = ours.lane and w.subject = ours.subject and w.fence = ours.fence
       where w.owner is not null
       for update of w skip locked
     ), renewed as (
       update becket.wakeup w set due = clock_timestamp() + ${LEASE_MS} * interval '1 ms'
       from free where w.lane = free.lane and w.subject = free.subject
     )
     select fence from ours`,
    [claims.map((claim) => claim.lane), claims.map((claim) => claim.subject), claims.map((claim) => claim.fence)],
  )
  return new Set(rows.map((row) => String(row.fence)))
}

/** The subject needs nothing more, unless a signal came meanwhile: then it falls due for that. */
export async function finishWakeup(tx: Queryable, claim: Claim): Promise<void> {
  const gone = await tx.query(
    'delete from becket.wakeup where lane = $1 and subject = $2 and fence = $3 and seq = $4',
    [claim.lane, claim.subject, claim.fence, claim.seq],
  )
  if (gone.count === 1) return noteEnd(claim)
  const signalled = await tx.query(
    `update becket.wakeup set owner = null, due = greatest(next_due, clock_timestamp()), next_due = null, lapses = 0
     where lane = $1 and subject = $2 and fence = $3 and owner is not null`,
    [claim.lane, claim.subject, claim.fence],
  )
  if (signalled.count === 0) throw new LostLease(claim)
}

/** The subject has ended by its holder's hand: no signal that came meanwhile matters any more. */
export async function endWakeup(tx: Queryable, claim: Claim): Promise<void> {
  const { count } = await tx.query('delete from becket.wakeup where lane = $1 and subject = $2 and fence = $3', [
    claim.lane,
    claim.subject,
    claim.fence,
  ])
  if (count === 0) throw new LostLease(claim)
  noteEnd(claim)
}

/** The subject needs attention again after `afterMs`, or earlier if a signal asked for that meanwhile. */
export async function rescheduleWakeup(tx: Queryable, claim: Claim, afterMs: number, rank = 0): Promise<void> {
  const { count } = await tx.query(
    `update becket.wakeup set owner = null, rank = $5, next_due = null, lapses = 0,
       due = clock_timestamp() + greatest(0, case when seq = $4 then $6::float8
         else least(coalesce(extract(epoch from next_due - clock_timestamp())::float8 * 1000, 0), $6) end) * interval '1 ms'
     where lane = $1 and subject = $2 and fence = $3 and owner is not null`,
    [claim.lane, claim.subject, claim.fence, claim.seq, rank, afterMs],
  )
  if (count === 0) throw new LostLease(claim)
}

/** Keeps the wakeup for the subject's next step, in the transaction of the one before: proves that it is still ours. */
export async function keepWakeup(tx: Queryable, claim: Claim, rank: number): Promise<void> {
  const { count } = await tx.query(
    `update becket.wakeup set rank = $4, lapses = 0
     where lane = $1 and subject = $2 and fence = $3 and owner is not null`,
    [claim.lane, claim.subject, claim.fence, rank],
  )
  if (count === 0) throw new LostLease(claim)
}

/** Takes wakeups away whoever holds them: their subjects are settled. A holder that comes late finds no row, and sees why. */
export async function removeWakeups(tx: Queryable, lane: Lane, subjects: readonly string[]): Promise<void> {
  await tx.query('delete from becket.wakeup where lane = $1 and subject = any($2)', [lane, subjects])
}

/**
 * Frees what dead processes held, without waiting for their leases. Only for a database that no other process can be
 * using: the embedded one, whose lock this process has.
 */
export async function freeAllWakeups(db: Queryable): Promise<number> {
  const { count } = await db.query(
    `update becket.wakeup w set owner = null, due = clock_timestamp(), lapses = ${ONE_MORE_LAPSE}
     where owner is not null`,
  )
  return count
}

/** The holder failed unexpectedly: tried again later, and later each time, by whoever has room. */
export async function retryWakeup(db: Queryable, claim: Claim): Promise<void> {
  await db.query(
    `update becket.wakeup w set owner = null, next_due = null, lapses = ${ONE_MORE_LAPSE},
       due = clock_timestamp() + least(300, 2 ^ least(lapses, 9)) * interval '1 s'
     where lane = $1 and subject = $2 and fence = $3 and owner is not null`,
    [claim.lane, claim.subject, claim.fence],
  )
}

/** Gives back what this process holds and will not do: due at once, for whoever has room. */
export async function releaseWakeups(db: Queryable, claims: readonly Claim[]): Promise<void> {
  if (claims.length === 0) return
  await db.query(
    `update becket.wakeup w set owner = null, due = clock_timestamp()
     from unnest($1::text[], $2::text[], $3::bigint[]) as held (lane, subject, fence)
     where w.lane = held.lane and w.subject = held.subject and w.fence = held.fence and w.owner is not null`,
    [claims.map((claim) => claim.lane), claims.map((claim) => claim.subject), claims.map((claim) => claim.fence)],
  )
}
