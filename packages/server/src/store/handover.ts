/**
 * One transaction whose work goes on here at once: wakeups that can run now are written already owned, and are taken
 * over in memory after the commit, with no claim and no delay. Without room they are left due for whoever has some.
 */
import type { Db, Tx, TxOptions } from '../db/db.ts'
import { isConflict } from '../db/sql-error.ts'
import { notedRoom, type Place, shareRoom, takeHeldBack } from './held-back.ts'
import { type Claim, type Lane, type Taker, wake } from './wakeups.ts'

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
  /** Whether jobs may have to wait for room there; absent: nowhere. */
  isLimited?(place: Place): boolean
}

/** For a process that takes nothing over: an intake or API without workers. */
export function noRoom(notify: (lane: Lane) => void): Room {
  return { owner: '', reserve: () => false, release: () => {}, take: () => {}, notify }
}

export async function transact<Result>(
  db: Db,
  room: Room,
  work: (tx: Tx, taker: Taker) => Promise<Result>,
  options?: TxOptions,
): Promise<Result> {
  return withRoom(room, (taker) =>
    db.tx(async (tx) => {
      const worked = await work(tx, taker)
      await passRoomOn(tx, taker, room)
      return worked
    }, options),
  )
}

// Two transactions that met in a deadlock part at the second try; the third is for bad luck.
const TRIES = 3

/** `write` is one transaction from its beginning to its commit; done again where it met another one. */
export async function withRoom<Result>(room: Room, write: (taker: Taker) => Promise<Result>): Promise<Result> {
  return retryConflicts(() => withRoomOnce(room, write))
}

export async function retryConflicts<Result>(write: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await write()
    } catch (error) {
      if (attempt >= TRIES || !isConflict(error)) throw error
    }
  }
}

async function withRoomOnce<Result>(room: Room, write: (taker: Taker) => Promise<Result>): Promise<Result> {
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
    const result = await write(taker)
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

/**
 * Whatever left a provider's hand in this transaction makes room for as many jobs that wait for it. Last of all, so that
 * nobody who holds the lock waits for a row that we hold: who leaves a job waiting now either sees our room, or is seen here.
 */
async function passRoomOn(tx: Tx, taker: Taker, room: Room): Promise<void> {
  const places = notedRoom(tx).filter((place) => room.isLimited?.(place) === true)
  if (places.length === 0) return
  await shareRoom(tx, places)
  for (const place of places) {
    for (const { jobId, rank } of await takeHeldBack(tx, place, 1)) {
      await wake(tx, { lane: 'job', subject: jobId, rank, afterMs: 0 }, taker)
    }
  }
}
