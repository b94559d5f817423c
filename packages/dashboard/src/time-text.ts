/** Times as people read them. Takes `now`, so that it can be tested; never shows a negative time. */

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
] as const

/** The two largest units: `3 min 20 s`, `2 d 4 h`. */
export function durationText(ms: number): string {
  const left = Math.max(0, ms)
  if (left < 1000) return '0 s'
  const first = UNITS.findIndex(([, size]) => left >= size)
  const [unit, size] = UNITS[first] ?? UNITS[3]
  const next = UNITS[first + 1]
  const whole = Math.floor(left / size)
  const rest = next === undefined ? 0 : Math.floor((left % size) / next[1])
  return next === undefined || rest === 0 ? `${whole} ${unit}` : `${whole} ${unit} ${rest} ${next[0]}`
}

/** `now` for what is less than a second away: clocks do not agree better than that. */
export function relativeText(time: string, now: number): string {
  const distance = Date.parse(time) - now
  if (Number.isNaN(distance)) return time
  if (Math.abs(distance) < 1000) return 'now'
  return distance > 0 ? `in ${durationText(distance)}` : `${durationText(-distance)} ago`
}

/** For the pointer that rests on a relative time: here, and in UTC as the logs have it. */
export function absoluteText(time: string): string {
  const at = new Date(time)
  if (Number.isNaN(at.getTime())) return time
  return `${at.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' })} here, ${at.toISOString()}`
}
