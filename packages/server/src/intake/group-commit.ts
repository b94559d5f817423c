/** Stores callbacks that arrive together in one transaction: each caller hears of it only after the commit. */
import { createBatch } from '../db/batch.ts'
import type { Db } from '../db/db.ts'
import { isDataError } from '../db/sql-error.ts'
import { type NewCallback, type StoredCallback, storeCallbacks } from '../store/callbacks.ts'
import { type Room, transact } from '../store/handover.ts'

// 200 callbacks or 8 MiB: one statement that stays well under what a connection and a planner like.
const MAX_ITEMS = 200
const MAX_BYTES = 8 * 1024 * 1024

export function createGroupCommit({ db, room }: { db: Db; room: Room }) {
  return createBatch<NewCallback, StoredCallback>({
    maxItems: MAX_ITEMS,
    maxBytes: MAX_BYTES,
    sizeOf: (callback) => callback.body.length + callback.url.length + 1024,
    run: (callbacks) => transact(db, room, (tx, taker) => storeCallbacks(tx, taker, callbacks)),
    isPoison: isDataError,
  })
}
