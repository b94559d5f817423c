/**
 * Intake and `dispatched` meet here. Both take these locks in a statement of their own, and only in a new statement look
 * across and write: in READ COMMITTED anything less loses the callback that arrives between the two.
 */
import { lockKeys } from '../core/lock-key.ts'
import type { Tx } from '../db/db.ts'

export async function lockCorrelations(tx: Tx, correlations: readonly Buffer[]): Promise<void> {
  if (correlations.length === 0) return
  // Whatever is sent after it waits behind it.
  tx.send('select pg_advisory_xact_lock(key) from (select unnest($1::bigint[]) as key order by 1) as sorted', [
    lockKeys(correlations),
  ])
}
