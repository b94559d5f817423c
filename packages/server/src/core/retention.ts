/** How long things are kept, and what can be told of what is gone by its id alone. Forgets nothing; see `engine/pruner.ts`. */
import { isId, timeOfId } from './id.ts'

/** Milliseconds. */
export interface Retention {
  callbacksMs: number
  /** Who was first with a callback's identity. */
  claimsMs: number
  evidenceMs: number
  eventsMs: number
  requestsMs: number
  /** What is bulky about a job or expectation that has ended, and deliveries that have. */
  finishedMs: number
  /** What is left of it: its summary, and with it its key. */
  summariesMs: number
  /** Documents that were announced and never finalized. */
  uploadsMs: number
}

const DAY_MS = 86_400_000

/** A day: what ends within a day of its beginning, as nearly all does, is looked at once and not again. */
export const ENDS_WITHIN_MS = DAY_MS

/** The first moment of which everything is still there: partitions go by whole days. */
export function keptSinceMs(keptMs: number, nowMs: number): number {
  return Math.floor((nowMs - keptMs) / DAY_MS) * DAY_MS
}

/** Whether a callback with this id, if there ever was one, has been dropped by now. */
export function isDroppedCallback(id: string, keptMs: number, nowMs: number): boolean {
  return isId('callback', id) && timeOfId(id) < keptSinceMs(keptMs, nowMs)
}

/** From when on the history of something that began then is kept; null: all of it is there. */
export function historySinceMs(beganMs: number, keptMs: number, nowMs: number): number | null {
  const since = keptSinceMs(keptMs, nowMs)
  return beganMs < since ? since : null
}
