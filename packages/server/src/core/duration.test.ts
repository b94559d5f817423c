import { parseDuration } from '@becket/client/contract'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { describeDuration, formatDuration } from './duration.ts'

describe('durations', () => {
  it('formats so that the same number is read back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 300_000_000_000 }), (ms) => {
        expect(parseDuration(formatDuration(ms))).toBe(ms)
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
