/** A span of time as people write it: `'30s'`, `'5m'`, `'1h30m'`, or a number of milliseconds. Not a point in time. */
import { z } from 'zod'

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

// One for all, by hand: `matchAll` makes a copy of its pattern for each text.
const PART = /(\d+(?:\.\d+)?)(ms|s|m|h|d)/g
const WRITTEN = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/

/** 10 years: whatever is longer is a slip of the unit, and stays far from what a timestamp can hold. */
export const MAX_DURATION_MS = 3_650 * UNITS.d

/** Milliseconds, or null when the text is not a duration. A bare number in a text is milliseconds too. */
export function parseDuration(text: string): number | null {
  const trimmed = text.trim()
  if (/^\d+$/.test(trimmed)) return withinBounds(Number(trimmed))
  if (!WRITTEN.test(trimmed)) return null
  let ms = 0
  let previous = Number.POSITIVE_INFINITY
  PART.lastIndex = 0
  for (let part = PART.exec(trimmed); part !== null; part = PART.exec(trimmed)) {
    const [, amount, unit] = part
    // Falling units only: `5m1h` and `5m5m` are slips, not sums.
    if (!isUnit(unit) || UNITS[unit] >= previous) return null
    previous = UNITS[unit]
    ms += Number(amount) * UNITS[unit]
  }
  return withinBounds(Math.round(ms))
}

/** Reads `'5m'` or milliseconds; gives milliseconds. */
export const durationSchema = z
  .union([z.number(), z.string()])
  .transform((value, context) => {
    const ms = typeof value === 'string' ? parseDuration(value) : withinBounds(value)
    if (ms !== null) return ms
    context.addIssue({
      code: 'custom',
      message: 'Expected a duration such as "30s", "5m", "24h", or a whole number of milliseconds, at most 3650d',
    })
    return z.NEVER
  })
  .describe('A duration: "500ms", "30s", "5m", "24h", "7d", or milliseconds')

/** What a caller may write where a duration is wanted. */
export type Duration = z.input<typeof durationSchema>

function withinBounds(ms: number): number | null {
  return Number.isInteger(ms) && ms >= 0 && ms <= MAX_DURATION_MS ? ms : null
}

function isUnit(unit: string | undefined): unit is keyof typeof UNITS {
  return unit !== undefined && Object.hasOwn(UNITS, unit)
}
