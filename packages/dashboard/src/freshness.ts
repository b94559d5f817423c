/** Whether what the page shows is what is so now. A page that went on showing old facts as new would be lying. */

// 8 s: three rounds were missed; one slow answer is not worth a warning.
export const STALE_AFTER_MS = 8000

export type Freshness = 'connecting' | 'live' | 'paused' | 'stale' | 'away'

export interface Pulse {
  /** When the last full answer came; null before the first. */
  answeredAt: number | null
  /** Whether the last try got no answer. */
  isFailing: boolean
  isPaused: boolean
}

export function freshnessOf({ answeredAt, isFailing, isPaused }: Pulse, now: number): Freshness {
  if (isFailing) return 'away'
  if (isPaused) return 'paused'
  if (answeredAt === null) return 'connecting'
  return now - answeredAt > STALE_AFTER_MS ? 'stale' : 'live'
}
