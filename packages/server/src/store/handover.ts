/**
 * One transaction whose work goes on here at once: wakeups that can run now are written already owned, and are taken
 * over in memory after the commit, with no claim and no delay. Without room they are left due for whoever has some.
 */
import type { Db, Tx } from '../db/db.ts'
import { isConflict } from '../db/sql-error.ts'
import type { Claim, Lane, Taker } from './wakeups.ts'

/** What this process can take over, kept by the engine. */
export interface Room {
  owner: string
  /** Sets a slot aside; false when there is none, or this process does not serve the lane. */
  reserve(lane: Lane): boolean
  release(lane: Lane): void
  /** Starts the work in a slot that was set aside. */
  take(claim: Claim): void
  /** Tells whoever has room that something of this lane is due. */
  notify(lane: Lane): void
}

/** For a process that takes nothing over: an intake or API without workers. */
export function noRoom(notify: (lane: Lane) => void): Room {
  return { owner: '', reserve: () => false, release: () => {}, take: () => {}, notify }
}

// Two transactions that met in a deadlock part at the second try; the third is for bad luck.
const TRIES = 3

export async function transact<Result>(
  db: Db,
  room: Room,
  work: (tx: Tx, taker: Taker) => Promise<Result>,
): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await transactOnce(db, room, work)
    } catch (error) {
      if (attempt >= TRIES || !isConflict(error)) throw error
    }
  }
}

async function transactOnce<Result>(
  db: Db,
  room: Room,
  work: (tx: Tx, taker: Taker) => Promise<Result>,
): Promise<Result> {
  const reserved: Lane[] = []
  const taken: Claim[] = []
  const left = new Set<Lane>()
  const taker: Taker = {
    owner: room.owner,
    reserve: (lane) => {
      const has = room.reserve(lane)
      if (has) reserved.push(lane)
      return has
    },
    took: (claim) => taken.push(claim),
    left: (lane) => left.add(lane),
  }
  let hasCommitted = false
  try {
    const result = await db.tx((tx) => work(tx, taker))
    hasCommitted = true
    return result
  } finally {
    for (const claim of hasCommitted ? taken : []) {
      reserved.splice(reserved.indexOf(claim.lane), 1)
      room.take(claim)
    }
    for (const lane of reserved) room.release(lane)
    for (const lane of hasCommitted ? left : []) room.notify(lane)
  }
}
