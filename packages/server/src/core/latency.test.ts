import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  BINS,
  binOf,
  type Completion,
  contributionOf,
  decayed,
  edgeOf,
  emptyLatency,
  type LatencyCounts,
  mergedLatency,
  observe,
} from './latency.ts'

const age = fc.integer({ min: 0, max: 500_000_000 })
const completion: fc.Arbitrary<Completion> = fc.oneof(
  fc.record({ kind: fc.constant('exact' as const), afterMs: age }),
  fc.tuple(age, age).map(([one, other]): Completion => {
    return { kind: 'between', fromMs: Math.min(one, other), toMs: Math.max(one, other) }
  }),
  fc.record({ kind: fc.constant('censored' as const), atMs: age }),
)
const countsOf = (completions: readonly Completion[]) => completions.reduce(observe, emptyLatency())
const sum = (numbers: readonly number[]) => numbers.reduce((all, one) => all + one, 0)
/** Sums in another order differ in their last digits. */
const rounded = ({ events, atRisk }: LatencyCounts) => [events, atRisk].map((all) => all.map((n) => n.toFixed(6)))

describe('a bin', () => {
  it('has the age between its edges', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 300_000_000 }), (ms) => {
        const bin = binOf(ms)
        expect(ms).toBeGreaterThanOrEqual(edgeOf(bin) * (1 - 1e-9))
        expect(ms).toBeLessThanOrEqual(edgeOf(bin + 1) * (1 + 1e-9))
      }),
    )
  })

  it('is 9 % wide, from hundredths of a second to days', () => {
    expect(edgeOf(11) / edgeOf(10)).toBeCloseTo(1.09, 2)
    expect(binOf(3)).toBe(0)
    expect(edgeOf(BINS)).toBeGreaterThan(3 * 24 * 60 * 60 * 1000)
    expect(binOf(1e12)).toBe(BINS - 1)
  })
})

describe('completion times', () => {
  it('count where they ended, and as still at it in every bin up to there', () => {
    const { events, atRisk } = observe(emptyLatency(), { kind: 'exact', afterMs: 1000 })
    expect(events.flatMap((n, bin) => (n > 0 ? [bin] : []))).toEqual([binOf(1000)])
    expect(sum(atRisk)).toBe(binOf(1000) + 1)
  })

  it('that lie between two checks are spread over what lies between, as one', () => {
    const { events, atRisk } = observe(emptyLatency(), { kind: 'between', fromMs: 10_000, toMs: 20_000 })
    expect(sum(events)).toBeCloseTo(1, 9)
    expect(events.findIndex((n) => n > 0)).toBe(binOf(10_000))
    expect(events.findLastIndex((n) => n > 0)).toBe(binOf(20_000))
    expect(atRisk[binOf(10_000)]).toBe(1)
    const middle = binOf(15_000)
    expect(atRisk[middle]).toBeGreaterThan(0.5)
    expect(atRisk[middle + 1]).toBeLessThan(0.5)
  })

  it('that are not known yet only say how long it took at least', () => {
    const { events, atRisk } = observe(emptyLatency(), { kind: 'censored', atMs: 1000 })
    expect(sum(events)).toBe(0)
    expect(sum(atRisk)).toBe(binOf(1000) + 1)
  })

  it('add up over several workers in any order', () => {
    fc.assert(
      fc.property(fc.array(completion, { maxLength: 12 }), fc.nat({ max: 12 }), (completions, cut) => {
        const workers = [completions.slice(cut).reverse(), completions.slice(0, cut)].map(countsOf)
        expect(rounded(mergedLatency(workers))).toEqual(rounded(countsOf(completions)))
      }),
      { numRuns: 30 },
    )
  })

  it('add to a table row what they add to the counts', () => {
    const found = contributionOf({ kind: 'between', fromMs: 900, toMs: 5000 })
    expect(sum(found.map(({ events }) => events))).toBeCloseTo(1, 9)
    expect(found.map(({ bin }) => bin)).toEqual(Array.from({ length: binOf(5000) + 1 }, (_, bin) => bin))
  })

  it('never end more often than they were at risk', () => {
    fc.assert(
      fc.property(
        fc.array(completion, { maxLength: 12 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (all, factor) => {
          const { events, atRisk } = decayed(countsOf(all), factor)
          expect(events.every((n, bin) => n >= 0 && n <= (atRisk[bin] ?? 0) + 1e-9)).toBe(true)
          expect(atRisk.every((n, bin) => n <= (atRisk[bin - 1] ?? Number.POSITIVE_INFINITY) + 1e-9)).toBe(true)
        },
      ),
      { numRuns: 30 },
    )
  })

  it('count less as they grow old', () => {
    const counts = countsOf([{ kind: 'exact', afterMs: 1000 }])
    expect(sum(decayed(counts, 0.25).events)).toBe(0.25)
  })
})
