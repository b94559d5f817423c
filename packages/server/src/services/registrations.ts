/** Registrations that arrive together are one transaction; each caller hears of its own only after the commit. */
import { createBatch } from '../db/batch.ts'
import type { Db } from '../db/db.ts'
import { isDataError } from '../db/sql-error.ts'
import { type Expected, type Expecting, expectAll } from '../moves/expecting.ts'
import { type Room, transact } from '../store/handover.ts'

// 200 expectations or 8 MiB: one statement that stays well under what a connection and a planner like.
const MAX_ITEMS = 200
const MAX_BYTES = 8 * 1024 * 1024
// 2: one is committed while the other is written.
const PARALLEL = 2
// What a registration costs beside its input.
const ITEM_BYTES = 1024

export interface Registration {
  expecting: Expecting
  /** Of its input, as text. */
  bytes: number
}

export function createRegistrations({ db, room }: { db: Db; room: Room }) {
  return createBatch<Registration, Expected>({
    maxItems: MAX_ITEMS,
    maxBytes: MAX_BYTES,
    parallel: PARALLEL,
    gathers: true,
    sizeOf: ({ bytes }) => bytes + ITEM_BYTES,
    run: (all) =>
      transact(db, room, (tx, taker) =>
        expectAll(
          tx,
          taker,
          all.map(({ expecting }) => expecting),
        ),
      ),
    isPoison: isDataError,
  })
}
