/**
 * Callbacks that match nothing yet, in a narrow table by what they can be matched by later: the hash of the provider's id,
 * or of the caller's key.
 */
import { byteaArray, textArray } from '../db/binary-array.ts'
import type { Queryable, Tx } from '../db/db.ts'

/** One callback as often as there are things that it can be found by. */
export function keepOrphans(tx: Tx, orphans: readonly { callbackId: string; correlation: Buffer }[]): void {
  tx.send(
    `insert into becket.orphan (correlation, callback_id)
     select * from unnest($1::bytea[], $2::text[]) as early (correlation, callback_id) order by 1, 2
     on conflict do nothing`,
    [byteaArray(orphans.map(({ correlation }) => correlation)), textArray(orphans.map(({ callbackId }) => callbackId))],
  )
}

/** Takes the orphans that an expectation with these correlations was waiting for; they are to be matched again. */
export async function takeOrphans(tx: Tx, correlations: readonly Buffer[]): Promise<string[]> {
  const { rows } = await tx.query<{ callback_id: string }>(
    `delete from becket.orphan where callback_id in (select callback_id from becket.orphan where correlation = any($1::bytea[]))
     returning callback_id`,
    [byteaArray(correlations)],
  )
  return [...new Set(rows.map((row) => row.callback_id))]
}

/**
 * Orphans of the last day whose expectation exists by now: what the locks should have made impossible, mended all the same.
 * Older ones are taken by whoever brings their expectation. Relies on expectation_by_correlation and (key_hash, attempt).
 */
export async function findRejoinable(db: Queryable, limit: number): Promise<string[]> {
  const { rows } = await db.query<{ callback_id: string }>(
    `select distinct o.callback_id from becket.orphan o
     cross join lateral (
       (select 1 from becket.expectation e where e.correlation = o.correlation limit 1)
       union all
       (select 1 from becket.expectation e where e.key_hash = o.correlation limit 1)
     ) known
     where o.since > clock_timestamp() - interval '1 day' limit $1`,
    [limit],
  )
  return rows.map((row) => row.callback_id)
}

/** Takes these callbacks out of the orphans: they are to be matched again, and come back if they still match nothing. */
export async function takeOrphansOf(tx: Tx, callbackIds: readonly string[]): Promise<void> {
  await tx.query('delete from becket.orphan where callback_id = any($1)', [callbackIds])
}
