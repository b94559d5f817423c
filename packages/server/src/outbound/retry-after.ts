/** Reads Retry-After: seconds, or an HTTP date held against the clock that is passed in. Waits for nobody. */

// 24 h: whoever says longer means "never today"; a deadline or a person decides before that.
const MAX_MS = 24 * 60 * 60 * 1000

/** Milliseconds to wait; null when there is no header, or none that can be understood. */
export function readRetryAfter(value: string | undefined, nowMs: number): number | null {
  const text = value?.trim() ?? ''
  if (text === '') return null
  if (/^\d+(\.\d+)?$/.test(text)) return Math.min(Math.ceil(Number(text) * 1000), MAX_MS)
  // Every form of HTTP date begins with the day's name; Date.parse alone would take `-5` for a year.
  if (!/^(mon|tue|wed|thu|fri|sat|sun)/i.test(text)) return null
  const atMs = Date.parse(text)
  return Number.isNaN(atMs) ? null : Math.min(Math.max(atMs - nowMs, 0), MAX_MS)
}
