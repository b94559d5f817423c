/**
 * Forgets claims by the tableful: the present ones become the ones before, and the ones before that are emptied. Once in a
 * window, so that each claim lasts for at least one and at most two. Deletes no row; see `callback-claims.ts` for claims.
 */
import type { Db, Queryable, Tx } from '../db/db.ts'
import { sqlState } from '../db/sql-error.ts'
import { holdRetention } from './retention-lock.ts'

// 200 ms: so long may intake stand behind us while we wait for the batches under way to commit.
const LOCK_TIMEOUT_MS = 200

export type Rotation = 'rotated' | 'not-due' | 'busy'

/** `nowMs`: milliseconds since 1970. Nothing but a read when the window is not over. */
export async function rotateClaims(db: Db, windowMs: number, nowMs: number): Promise<Rotation> {
  if (!(await isDue(db, windowMs, nowMs))) return 'not-due'
  try {
    return await db.tx(async (tx) => {
      if (!(await holdRetention(tx, db.schema))) return 'busy'
      // Asked again: whoever held the lock before us may have done it.
      if (!(await isDue(tx, windowMs, nowMs))) return 'not-due'
      await changePlaces(tx, nowMs)
      return 'rotated'
    })
  } catch (error) {
    // A batch took longer than we let others wait. The next round tries again.
    if (sqlState(error) === '55P03') return 'busy'
    throw error
  }
}

async function changePlaces(tx: Tx, nowMs: number): Promise<void> {
  await tx.query(`set local lock_timeout = ${LOCK_TIMEOUT_MS}`)
  // In the order in which a batch takes them. From here on every batch waits for this transaction, a few milliseconds.
  await tx.query('lock table becket.callback_claim, becket.callback_claim_before in access exclusive mode')
  await tx.query('truncate becket.callback_claim_before')
  await tx.query('alter table becket.callback_claim_before rename to callback_claim_spare')
  await tx.query('alter table becket.callback_claim rename to callback_claim_before')
  await tx.query('alter table becket.callback_claim_spare rename to callback_claim')
  await tx.query(`update becket.retention set at = to_timestamp($1::float8 / 1000) where name = 'claims'`, [nowMs])
}

async function isDue(db: Queryable, windowMs: number, nowMs: number): Promise<boolean> {
  const { rows } = await db.query<{ at_ms: number }>(
    `select (extract(epoch from at) * 1000)::float8 as at_ms from becket.retention where name = 'claims'`,
  )
  const at = rows[0]?.at_ms
  return at !== undefined && nowMs - at >= windowMs
}
