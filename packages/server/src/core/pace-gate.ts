/** A dependency's pace as those who call it see it: ask for a turn, and tell when it asks to be left alone. See `store/pace.ts`. */

export interface PaceLimit {
  perSecond: number
  /** How many may go at once after a rest. */
  burst: number
}

export interface Turn {
  /** The turn is the caller's once `waitMs` has passed. Not granted: nothing was taken; ask again after `waitMs`. */
  granted: boolean
  waitMs: number
}

/** Neither throws when the database is away: what guards a dependency must not fail in its stead. */
export interface PaceGate {
  /**
   * `cost`: how many requests this one counts for. `patienceMs`: how long the caller would wait for its turn, 2 s unless
   * told. A turn that comes within that is taken: wait `waitMs`, then go. Otherwise nothing is taken; come back later.
   * Without a promise where nobody has to be asked.
   */
  take(cost?: number, patienceMs?: number): Turn | Promise<Turn>
  /** The dependency asked to be left alone: every process leaves it alone for so long. */
  pause(ms: number, reason: string): Promise<void>
}

// 2 s: a worker's slot is better held for that long than a job put back and claimed again.
export const PATIENCE_MS = 2_000
