/**
 * Durations as people write them: `250ms`, `90s`, `5m`, `24h`, `7d`, `1h30m`, or a plain number of milliseconds.
 * Bad input is a value, since who reads it (the configuration, the API, the CLI) reports it in its own way.
 */

export type DurationReading = { kind: 'duration'; ms: number } | { kind: 'invalid'; reason: string }

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const unitMs: Record<string, number> = { ms: 1, s: SECOND, m: MINUTE, h: HOUR, d: DAY }

// Words that people write for a unit. They are understood only to suggest the one way to write it.
const unitWords: Record<string, string> = {
  milliseconds: 'ms',
  millisecond: 'ms',
  msec: 'ms',
  seconds: 's',
  second: 's',
  secs: 's',
  sec: 's',
  minutes: 'm',
  minute: 'm',
  mins: 'm',
  min: 'm',
  hours: 'h',
  hour: 'h',
  hrs: 'h',
  hr: 'h',
  days: 'd',
  day: 'd',
}

// Ten years: longer than anything waits here, so more is a slip of the unit.
const LONGEST_MS = 3653 * DAY
const EXAMPLES = 'write it like 250ms, 90s, 5m, 24h, 7d or 1h30m'

export function parseDuration(value: string | number): DurationReading {
  if (typeof value === 'number') return bounded(value, String(value))
  const text = value.trim()
  // The environment only knows text, so digits alone mean what the same number means in a file.
  if (/^\d+$/.test(text)) return bounded(Number(text), text)
  if (!/^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/.test(text)) return { kind: 'invalid', reason: complaint(text) }
  let ms = 0
  let previous = Number.POSITIVE_INFINITY
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)) {
    const size = unitMs[unit ?? ''] ?? 0
    // `5m1h` and `5m5m` are slips, not sums.
    if (size >= previous) return { kind: 'invalid', reason: complaint(text) }
    previous = size
    ms += Number(amount) * size
  }
  return bounded(Math.round(ms), text)
}

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

function bounded(ms: number, text: string): DurationReading {
  if (!Number.isFinite(ms) || ms < 0) return { kind: 'invalid', reason: complaint(text) }
  if (ms > LONGEST_MS) return { kind: 'invalid', reason: `${clip(text)} is more than ten years; is the unit right?` }
  return { kind: 'duration', ms: Math.round(ms) }
}

function complaint(text: string): string {
  const [, amount, word] = /^(\d+(?:\.\d+)?)\s*([a-z]+)$/i.exec(text) ?? []
  const lower = word?.toLowerCase() ?? ''
  const unit = Object.hasOwn(unitMs, lower) ? lower : Object.hasOwn(unitWords, lower) ? unitWords[lower] : undefined
  if (amount !== undefined && unit !== undefined)
    return `${clip(text)} is not a duration; did you mean ${amount}${unit}?`
  return `${clip(text)} is not a duration; ${EXAMPLES}`
}

function clip(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text)
}
