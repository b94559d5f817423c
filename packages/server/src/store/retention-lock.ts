/** One process at a time forgets: a lock of this transaction, tried and never waited for. */
import type { Tx } from '../db/db.ts'

/** False: another process is at it. */
export async function holdRetention(tx: Tx, schema: string): Promise<boolean> {
  const { rows } = await tx.query<{ held: boolean }>(
    `select pg_try_advisory_xact_lock(hashtextextended('becket retention ' || $1, 0)) as held`,
    [schema],
  )
  return rows[0]?.held === true
}
