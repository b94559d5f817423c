/**
 * Wakes many subjects of a lane at once, each now: those that can run here at once are written already owned, as `wake`
 * does it for one. `wakeAll` in `wakeups.ts` leaves them to whoever has room.
 */
import { textArray } from '../db/binary-array.ts'
import type { Tx } from '../db/db.ts'
import { dueOfSignalled, type Lane, LEASE_MS, type Taker } from './wakeups.ts'

/** Puts wakeups into the table, or signals those that are there. Relies on the primary key. */
export async function wakeEach(tx: Tx, lane: Lane, subjects: readonly string[], taker: Taker): Promise<void> {
  if (subjects.length === 0) return
  // One order for everybody, so that two batches never wait for each other.
  const sorted = [...new Set(subjects)].sort()
  const owners = sorted.map(() => (taker.reserve(lane) ? taker.owner : null))
  const { rows } = await tx.query<{ subject: string; fence: string | null; inserted: boolean }>(
    `insert into becket.wakeup as w (lane, subject, due, fence, owner)
     select $1, subject, clock_timestamp() + case when owner is null then 0 else ${LEASE_MS} end * interval '1 ms',
       case when owner is null then null else nextval('becket.fence') end, owner
     from unnest($2::text[], $3::text[]) as woken (subject, owner)
     on conflict (lane, subject) do update set
       seq = w.seq + 1,
       rank = excluded.rank,
       next_due = case when w.owner is null then null
         else least(coalesce(w.next_due, 'infinity'), clock_timestamp()) end,
       due = ${dueOfSignalled('clock_timestamp()')}
     returning subject, fence, xmax = 0 as inserted`,
    [lane, textArray(sorted), textArray(owners)],
  )
  const takenHere = new Set(owners.flatMap((owner, index) => (owner === null ? [] : [sorted[index]])))
  for (const { subject, fence, inserted } of rows) {
    // What was there already is seen by whoever holds it, or claims it next; its room goes back with the transaction's end.
    if (inserted && fence !== null && takenHere.has(subject)) {
      taker.took({ lane, subject, fence: String(fence), seq: 0, lapses: 0 })
    } else taker.left(lane)
  }
}
