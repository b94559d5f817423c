/** Finishes many wakeups of one lane in one statement, each as `finishWakeup` does it for one. */
import { int4Array, int8Array, textArray } from '../db/binary-array.ts'
import type { Tx } from '../db/db.ts'
import { noteEnd } from './claim-ends.ts'
import type { Claim, Lane } from './wakeups.ts'

/**
 * Answers the claims that were still ours: their subjects need nothing more, but for those that were signalled meanwhile,
 * which fall due for that. Of the others, nothing may be written. Relies on the primary key.
 */
export async function finishWakeups(tx: Tx, lane: Lane, claims: readonly Claim[]): Promise<Set<Claim>> {
  if (claims.length === 0) return new Set()
  const { rows } = await tx.query<{ fence: string; isQuiet: boolean }>(
    `with mine as materialized (
       select one.* from (
         select * from unnest($2::text[], $3::int8[], $4::int4[]) as asked (subject, fence, seq)
         order by subject collate "C") as held
       cross join lateral (
         select w.subject, w.fence, w.seq = held.seq as is_quiet from becket.wakeup w
         where w.lane = $1 and w.subject = held.subject and w.fence = held.fence and w.owner is not null
         for update) as one
     ), gone as (
       delete from becket.wakeup where lane = $1 and subject = any(array(select subject from mine where is_quiet))
     ), signalled as (
       update becket.wakeup set owner = null, due = greatest(next_due, clock_timestamp()), next_due = null, lapses = 0
       where lane = $1 and subject = any(array(select subject from mine where not is_quiet))
     )
     select fence::text, is_quiet as "isQuiet" from mine`,
    [
      lane,
      textArray(claims.map(({ subject }) => subject)),
      int8Array(claims.map(({ fence }) => fence)),
      int4Array(claims.map(({ seq }) => seq)),
    ],
  )
  const found = new Map(rows.map(({ fence, isQuiet }) => [fence, isQuiet]))
  const ours = claims.filter(({ fence }) => found.has(fence))
  tx.afterCommit(() => {
    for (const claim of ours) if (found.get(claim.fence) === true) noteEnd(claim)
  })
  return new Set(ours)
}
