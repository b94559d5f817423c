/**
 * Wakeups of many expectations in one statement: put back by who holds them, or set for later, never for a time that is
 * past. See `wakeups.ts` for one.
 */
import { float8Array, int4Array, int8Array, textArray } from '../db/binary-array.ts'
import type { Tx } from '../db/db.ts'
import type { Claim } from './wakeups.ts'

export interface Held {
  claim: Claim
  afterMs: number
}

export interface Later {
  subject: string
  afterMs: number
}

/**
 * As `rescheduleWakeup`, for claims of the lane `expectation`. Answers the subjects that were put back: of the others the
 * lease was lost. Relies on the primary key, for each by itself: joined, all of the lane might be read.
 * For `(select $1)`, see `expectation-batches.ts`.
 */
export async function putBack(tx: Tx, held: readonly Held[]): Promise<Set<string>> {
  if (held.length === 0) return new Set()
  const { rows } = await tx.query<{ subject: string }>(
    `with mine as materialized (
       select h.* from (
         select * from unnest((select $1::text[]), $2::int8[], $3::int4[], $4::float8[])
           as asked (subject, fence, seq, after_ms)
         order by subject collate "C") as h
       cross join lateral (
         select from becket.wakeup w
         where w.lane = 'expectation' and w.subject = h.subject and w.fence = h.fence and w.owner is not null
         for update) as held
     )
     update becket.wakeup w set owner = null, rank = 0, next_due = null, lapses = 0,
       due = greatest(clock_timestamp(), case when w.seq = mine.seq then clock_timestamp() + mine.after_ms * interval '1 ms'
         else least(coalesce(w.next_due, clock_timestamp()), clock_timestamp() + mine.after_ms * interval '1 ms') end)
     from mine where w.lane = 'expectation' and w.subject = any(array(select subject from mine)) and w.fence = mine.fence
     returning w.subject`,
    [
      textArray(held.map(({ claim }) => claim.subject)),
      int8Array(held.map(({ claim }) => claim.fence)),
      int4Array(held.map(({ claim }) => claim.seq)),
      float8Array(held.map(({ afterMs }) => afterMs)),
    ],
  )
  return new Set(rows.map((row) => row.subject))
}

/** Sets wakeups of the lane `expectation` for later, or signals the ones that are there. Each subject once. */
export async function wakeLater(tx: Tx, later: readonly Later[]): Promise<void> {
  if (later.length === 0) return
  const sorted = [...later].sort((one, other) => (one.subject < other.subject ? -1 : 1))
  tx.send(
    `insert into becket.wakeup as w (lane, subject, due)
     select 'expectation', subject, clock_timestamp() + greatest(after_ms, 0) * interval '1 ms'
     from unnest($1::text[], $2::float8[]) as fresh (subject, after_ms)
     on conflict (lane, subject) do update set
       seq = w.seq + 1,
       rank = excluded.rank,
       next_due = case when w.owner is null then null else least(coalesce(w.next_due, 'infinity'), excluded.due) end,
       due = case when w.owner is null then least(w.due, excluded.due) else w.due end`,
    [textArray(sorted.map(({ subject }) => subject)), float8Array(sorted.map(({ afterMs }) => afterMs))],
  )
}
