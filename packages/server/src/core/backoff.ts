/**
 * How long to wait before the next try. Pure: the attempt's number is a column of a row, so a restart forgets nothing.
 * Decides only how long; whether to try again at all is the caller's, and a dependency that is down is the breaker's.
 */

export interface Backoff {
  /** The attempt that just failed; the first is 1. */
  attempt: number
  baseMs: number
  capMs: number
}

// The longest Retry-After that is believed: a day's quota. More would park a job for good.
const LONGEST_RETRY_AFTER_MS = 24 * 60 * 60 * 1000

/**
 * Full jitter: anywhere between nothing and the exponential ceiling, so that those who failed together do not come back
 * together. See Marc Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 */
export function backoffMs(backoff: Backoff, random: () => number): number {
  return Math.floor(random() * backoffCeilingMs(backoff))
}

/** The longest that `backoffMs` can answer for this attempt: base, twice base, four times base, ... up to the cap. */
export function backoffCeilingMs({ attempt, baseMs, capMs }: Backoff): number {
  // 2^52 ms is past any cap; a higher power would only lose exactness, and 0 * Infinity is not a number.
  const doublings = Math.min(Math.max(attempt, 1) - 1, 52)
  return Math.max(0, Math.min(capMs, baseMs * 2 ** doublings))
}

/**
 * Never sooner than the provider asked for, and the jitter goes on top: else all whom it turned away at once would be
 * back at the same instant.
 */
export function floorByRetryAfter(delayMs: number, retryAfterMs: number | null | undefined): number {
  if (retryAfterMs === null || retryAfterMs === undefined || !(retryAfterMs > 0)) return delayMs
  return delayMs + Math.min(retryAfterMs, LONGEST_RETRY_AFTER_MS)
}
