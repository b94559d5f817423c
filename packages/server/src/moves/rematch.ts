/** Callbacks that may mean something by now are matched again, each in its own wakeup. Matches none itself. */
import type { Tx } from '../db/db.ts'
import { type Taker, wake } from '../store/wakeups.ts'

export async function rematch(tx: Tx, taker: Taker, callbackIds: readonly string[]): Promise<void> {
  for (const subject of callbackIds) await wake(tx, { lane: 'callback', subject, rank: 0, afterMs: 0 }, taker)
}
