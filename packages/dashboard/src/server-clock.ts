/**
 * The server's time of day, as the browser can know it: its own clock, corrected where the two disagree. A clock that is
 * minutes off would call everything late, or nothing.
 */

// 2 s: the `Date` header counts whole seconds and travels; less than that is no disagreement.
const TOLERANCE_MS = 2000

export interface ServerClock {
  now(): number
  /** `date`: the `Date` header of an answer that came just now. */
  observe(date: string | null): void
}

export function createServerClock(browserNow: () => number): ServerClock {
  let offsetMs = 0
  return {
    now: () => browserNow() + offsetMs,
    observe(date) {
      const difference = date === null ? Number.NaN : Date.parse(date) - browserNow()
      if (!Number.isNaN(difference)) offsetMs = Math.abs(difference) > TOLERANCE_MS ? difference : 0
    },
  }
}
