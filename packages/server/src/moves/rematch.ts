/** Callbacks that may mean something by now are matched again, each in its own wakeup. Matches none itself. */
import type { Tx } from '../db/db.ts'
import { wakeEach } from '../store/wakeup-signals.ts'
import type { Taker } from '../store/wakeups.ts'

export async function rematch(tx: Tx, taker: Taker, callbackIds: readonly string[]): Promise<void> {
  await wakeEach(tx, 'callback', callbackIds, taker)
}
