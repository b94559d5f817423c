/**
 * Intake and `dispatched` meet here. Both take these locks in a statement of their own, and only in a new statement look
 * across and write: in READ COMMITTED anything less loses the callback that arrives between the two.
 */
import { lockKeys } from '../core/lock-key.ts'
import type { Tx } from '../db/db.ts'

/** Not waited for: whatever is sent after it is done after it, and sees what those had written who held them before. */
export function lockCorrelations(tx: Tx, correlations: readonly Buffer[]): void {
  if (correlations.length === 0) return
  tx.send('select pg_advisory_xact_lock(key) from (select unnest($1::bigint[]) as key order by 1) as sorted', [
    lockKeys(correlations),
  ])
}
