import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Completion, emptyLatency, observe } from './latency.ts'
import { quantileOf, survivalOf } from './latency-curve.ts'

const age = fc.integer({ min: 1, max: 100_000_000 })
const completion: fc.Arbitrary<Completion> = fc.oneof(
  fc.record({ kind: fc.constant('exact' as const), afterMs: age }),
  fc.record({ kind: fc.constant('between' as const), fromMs: age, toMs: age }),
  fc.record({ kind: fc.constant('censored' as const), atMs: age }),
)
const countsOf = (completions: readonly Completion[]) => completions.reduce(observe, emptyLatency())
const exactly = (...seconds: number[]) =>
  countsOf(seconds.map((s): Completion => ({ kind: 'exact', afterMs: s * 1000 })))
const medianOf = (...args: Parameters<typeof survivalOf>) => quantileOf(survivalOf(...args), 0.5)

describe('the curve of completion times', () => {
  it('only falls, and is a number everywhere, whatever was seen', () => {
    fc.assert(
      fc.property(fc.array(completion, { maxLength: 15 }), fc.array(completion, { maxLength: 5 }), (seen, before) => {
        const { hazards, cumulative } = survivalOf(countsOf(seen), countsOf(before))
        expect(hazards.every((hazard) => Number.isFinite(hazard) && hazard >= 0)).toBe(true)
        expect(cumulative.every((sum, edge) => sum >= (cumulative[edge - 1] ?? 0))).toBe(true)
      }),
      { numRuns: 50 },
    )
  })

  it('finds the middle of what it saw', () => {
    const seconds = Array.from({ length: 101 }, (_, index) => 20 + index * 0.4)
    expect(medianOf(exactly(...seconds))).toBeGreaterThan(37_000)
    expect(medianOf(exactly(...seconds))).toBeLessThan(43_000)
  })

  it('is never pulled down by work that still runs', () => {
    fc.assert(
      fc.property(fc.array(completion, { minLength: 1, maxLength: 15 }), age, (seen, atMs) => {
        const counts = countsOf(seen)
        const more = observe(counts, { kind: 'censored', atMs })
        expect(medianOf(more)).toBeGreaterThanOrEqual(medianOf(counts) * (1 - 1e-9))
      }),
      { numRuns: 50 },
    )
  })

  it('counts what still runs as longer than so far: three of four running leave the middle open', () => {
    const fast = exactly(1, 1, 1, 1)
    const running = Array.from({ length: 12 }, (): Completion => ({ kind: 'censored', atMs: 60_000 }))
    expect(medianOf(fast)).toBeLessThan(2000)
    expect(medianOf(running.reduce(observe, fast))).toBeGreaterThan(60_000)
  })

  it('leans on what is known of the same provider while little was seen, and no longer after', () => {
    const provider = exactly(...Array.from({ length: 50 }, (_, index) => 95 + index / 5))
    expect(medianOf(emptyLatency(), provider)).toBeGreaterThan(80_000)
    const own = exactly(...Array.from({ length: 50 }, (_, index) => 9.5 + index / 50))
    expect(medianOf(own, provider)).toBeLessThan(11_000)
  })

  it('does not take a few equal times for a law', () => {
    const { cumulative } = survivalOf(exactly(30, 30, 30))
    expect(Math.exp(-(cumulative.at(-1) ?? 0))).toBeLessThan(0.5)
    expect(quantileOf(survivalOf(exactly(30, 30, 30)), 0.8)).toBeGreaterThan(40_000)
  })
})
