/**
 * Keys of PostgreSQL's advisory locks, made from correlation hashes, so that a callback that comes early is not lost.
 * Only makes the keys; who takes the locks does so in this order, in a statement of its own.
 */
import { AppError } from './error.ts'

/**
 * A signed 64-bit number, as text since it exceeds what a JavaScript number holds. Two hashes may share a key (one pair
 * in 2^64): then two strangers wait for each other for a moment, and nothing else happens.
 */
export function lockKey(hash: Buffer): string {
  if (hash.length < 8) throw new AppError('INTERNAL', `A lock key needs a hash of 8 bytes or more, not ${hash.length}`)
  return hash.readBigInt64BE(0).toString()
}

/** Each key once, ascending: all who lock a set lock it in this order, so that no two can wait for each other. */
export function lockKeys(hashes: readonly Buffer[]): string[] {
  const keys = new Set(hashes.map((hash) => BigInt(lockKey(hash))))
  return [...keys].sort((left, right) => (left < right ? -1 : left > right ? 1 : 0)).map(String)
}
