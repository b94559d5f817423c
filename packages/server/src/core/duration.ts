/** Durations in words, for files that are read back and for people. How they are read is the contract's. */

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const unitMs: Record<string, number> = { ms: 1, s: SECOND, m: MINUTE, h: HOUR, d: DAY }

/** Exact, and read back to the same number. Whole milliseconds, zero or more. */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0s'
  // Days from two on: people say 24h, not 1d.
  const units = ms >= 2 * DAY ? ['d', 'h', 'm', 's'] : ['h', 'm', 's']
  const unit = units.find((name) => ms % (unitMs[name] ?? 1) === 0) ?? 'ms'
  return `${ms / (unitMs[unit] ?? 1)}${unit}`
}

/** For a sentence on a screen, not to be read back: `45 s`, `2 min`, `1 h 30 min`, `3 d 4 h`. */
export function describeDuration(ms: number): string {
  if (ms < SECOND) return `${Math.round(ms)} ms`
  if (ms < MINUTE) return `${Math.round(ms / 100) / 10} s`
  if (ms < HOUR) return pair(Math.round(ms / SECOND), 60, 'min', 's')
  if (ms < 2 * DAY) return pair(Math.round(ms / MINUTE), 60, 'h', 'min')
  return pair(Math.round(ms / HOUR), 24, 'd', 'h')
}

function pair(amount: number, ratio: number, large: string, small: string): string {
  const rest = amount % ratio
  const whole = `${Math.floor(amount / ratio)} ${large}`
  return rest === 0 ? whole : `${whole} ${rest} ${small}`
}
