/**
 * Gives room at a provider that nobody was told of to the jobs that wait for it: where an unconfirmed attempt stopped
 * counting by the passing of time, or whoever was woken never came. What leaves a provider's hand in a transaction of its own
 * is passed on there; see `store/handover.ts`.
 */
import type { Tx } from '../db/db.ts'
import { countInHand, forgetEnded, lockRoom, type Place, takeHeldBack } from '../store/held-back.ts'
import { type Taker, wake } from '../store/wakeups.ts'

// 500: more jobs at once would hold the lock, and everybody who takes room, for too long.
const BATCH = 500

/** `limit` null: there is none any more. Answers how many jobs were woken. */
export async function useRoom(tx: Tx, taker: Taker, place: Place, limit: number | null): Promise<number> {
  await lockRoom(tx, place)
  await forgetEnded(tx, place)
  const free = limit === null ? BATCH : Math.min(BATCH, limit - (await countInHand(tx, place, limit)))
  if (free <= 0) return 0
  const jobs = await takeHeldBack(tx, place, free)
  for (const { jobId, rank } of jobs) await wake(tx, { lane: 'job', subject: jobId, rank, afterMs: 0 }, taker)
  return jobs.length
}
