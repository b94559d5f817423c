import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { describeDuration, formatDuration, parseDuration } from './duration.ts'

function reasonOf(value: string | number): string {
  const reading = parseDuration(value)
  return reading.kind === 'invalid' ? reading.reason : `read as ${reading.ms}`
}

describe('durations', () => {
  it.each([
    ['250ms', 250],
    ['90s', 90_000],
    ['5m', 300_000],
    ['24h', 86_400_000],
    ['7d', 604_800_000],
    ['1h30m', 5_400_000],
    ['1.5h', 5_400_000],
    [' 5m ', 300_000],
    ['5000', 5000],
    [5000, 5000],
    [0, 0],
  ])('reads %s as %d ms', (text, ms) => {
    expect(parseDuration(text)).toEqual({ kind: 'duration', ms })
  })

  it.each([
    ['5 min', '"5 min" is not a duration; did you mean 5m?'],
    ['5M', '"5M" is not a duration; did you mean 5m?'],
    ['2 Hours', '"2 Hours" is not a duration; did you mean 2h?'],
    ['soon', '"soon" is not a duration; write it like 250ms, 90s, 5m, 24h, 7d or 1h30m'],
    ['', '"" is not a duration; write it like 250ms, 90s, 5m, 24h, 7d or 1h30m'],
    ['30m1h', '"30m1h" is not a duration; write it like 250ms, 90s, 5m, 24h, 7d or 1h30m'],
    ['-5m', '"-5m" is not a duration; write it like 250ms, 90s, 5m, 24h, 7d or 1h30m'],
    [Number.NaN, '"NaN" is not a duration; write it like 250ms, 90s, 5m, 24h, 7d or 1h30m'],
    ['9999d', '"9999d" is more than ten years; is the unit right?'],
    ['5constructor', '"5constructor" is not a duration; write it like 250ms, 90s, 5m, 24h, 7d or 1h30m'],
  ])('refuses %s and says what to write', (text, reason) => {
    expect(reasonOf(text)).toBe(reason)
  })

  it('formats so that the same number is read back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 300_000_000_000 }), (ms) => {
        expect(parseDuration(formatDuration(ms))).toEqual({ kind: 'duration', ms })
      }),
    )
  })

  it('formats with the largest unit that is exact', () => {
    expect([250, 90_000, 300_000, 86_400_000, 604_800_000].map(formatDuration)).toEqual([
      '250ms',
      '90s',
      '5m',
      '24h',
      '7d',
    ])
  })

  it('describes in two units at most', () => {
    expect([400, 1500, 60_000, 125_000, 5_400_000, 86_400_000, 273_600_000].map(describeDuration)).toEqual([
      '400 ms',
      '1.5 s',
      '1 min',
      '2 min 5 s',
      '1 h 30 min',
      '24 h',
      '3 d 4 h',
    ])
  })
})
