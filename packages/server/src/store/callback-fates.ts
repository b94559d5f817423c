/** What became of callbacks that were stored before, written for many at once. */
import { textArray } from '../db/binary-array.ts'
import type { Tx } from '../db/db.ts'
import type { Fate } from './callbacks.ts'

export interface KnownFate extends Fate {
  callbackId: string
  /** What could not read it, for a quarantined one. */
  adapter: string | null
}

/**
 * An expectation that is known already is kept. Relies on the primary key; the bounds leave out the partitions that can hold
 * none of them.
 */
export function setFates(tx: Tx, fates: readonly KnownFate[]): void {
  if (fates.length === 0) return
  const ids = fates.map(({ callbackId }) => callbackId).sort()
  tx.send(
    `update becket.callback c set fate = known.fate, fate_reason = known.reason, adapter = known.adapter,
       expectation_id = coalesce(known.expectation_id, c.expectation_id)
     from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
       as known (id, fate, reason, expectation_id, adapter)
     where c.id = known.id and c.id = any($1::text[]) and c.id >= $6 and c.id <= $7`,
    [
      textArray(fates.map(({ callbackId }) => callbackId)),
      textArray(fates.map(({ fate }) => fate)),
      textArray(fates.map(({ reason }) => reason)),
      textArray(fates.map(({ expectationId }) => expectationId)),
      textArray(fates.map(({ adapter }) => adapter)),
      ids[0],
      ids.at(-1),
    ],
  )
}
