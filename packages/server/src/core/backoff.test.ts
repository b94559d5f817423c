import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { backoffCeilingMs, backoffMs, floorByRetryAfter } from './backoff.ts'

const backoffs = fc.record({
  attempt: fc.integer({ min: 1, max: 5000 }),
  baseMs: fc.integer({ min: 0, max: 60_000 }),
  capMs: fc.integer({ min: 0, max: 86_400_000 }),
})
const unit = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
const almostOne = () => 1 - Number.EPSILON

describe('backoff', () => {
  it('doubles its ceiling with each attempt, up to the cap', () => {
    const ceilings = [1, 2, 3, 4, 5, 6, 7].map((attempt) => backoffCeilingMs({ attempt, baseMs: 1000, capMs: 30_000 }))
    expect(ceilings).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000])
  })

  it('is a whole number of milliseconds, never negative, never above the cap', () => {
    fc.assert(
      fc.property(backoffs, unit, (backoff, chance) => {
        const ms = backoffMs(backoff, () => chance)
        expect(Number.isSafeInteger(ms)).toBe(true)
        expect(ms).toBeGreaterThanOrEqual(0)
        expect(ms).toBeLessThanOrEqual(backoff.capMs)
        expect(ms).toBeLessThanOrEqual(backoffCeilingMs(backoff))
      }),
    )
  })

  it('never has a lower ceiling for a later attempt', () => {
    fc.assert(
      fc.property(backoffs, (backoff) => {
        const later = { ...backoff, attempt: backoff.attempt + 1 }
        expect(backoffCeilingMs(later)).toBeGreaterThanOrEqual(backoffCeilingMs(backoff))
      }),
    )
  })

  it('spreads over the whole range, not around its middle', () => {
    const backoff = { attempt: 4, baseMs: 1000, capMs: 60_000 }
    expect(backoffMs(backoff, () => 0)).toBe(0)
    expect(backoffMs(backoff, () => 0.5)).toBe(4000)
    expect(backoffMs(backoff, almostOne)).toBe(7999)
  })

  it('takes a nonsensical attempt for the first', () => {
    expect(backoffCeilingMs({ attempt: 0, baseMs: 1000, capMs: 60_000 })).toBe(1000)
  })

  it('is never sooner than the provider asked for', () => {
    fc.assert(
      fc.property(fc.nat({ max: 86_400_000 }), fc.nat({ max: 86_400_000 }), (delayMs, retryAfterMs) => {
        const floored = floorByRetryAfter(delayMs, retryAfterMs)
        expect(floored).toBeGreaterThanOrEqual(retryAfterMs)
        expect(floored).toBeGreaterThanOrEqual(delayMs)
      }),
    )
  })

  it('keeps its jitter where a provider turned many away at once', () => {
    expect(floorByRetryAfter(300, 30_000)).not.toBe(floorByRetryAfter(700, 30_000))
  })

  it('is not changed where the provider asked for nothing', () => {
    expect([null, undefined, 0, -5, Number.NaN].map((asked) => floorByRetryAfter(1234, asked))).toEqual(
      Array.from({ length: 5 }, () => 1234),
    )
  })

  it('believes a Retry-After of a day at most', () => {
    expect(floorByRetryAfter(0, 365 * 86_400_000)).toBe(86_400_000)
  })
})
