import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type CostInput, cheapestNextAges } from './learned-plan-cost.ts'

const LONGEST_MS = 1e9

/** Ages in seconds, and how many of a hundred still run at each. */
function gridOf(...points: [seconds: number, alive: number][]) {
  return {
    ages: points.map(([seconds]) => seconds * 1000),
    cumulative: points.map(([, alive]) => -Math.log(alive / 100)),
  }
}

function stakes(overrides: Partial<CostInput> = {}) {
  return { perCheck: 1, perMs: 0.001, lossShare: 1, longestMs: LONGEST_MS, lagMs: 0, ...overrides }
}

/** The checks from the beginning on. */
function checksOf(input: CostInput): number[] {
  const nextAges = cheapestNextAges(input)
  const checks = []
  const end = input.grid.ages.at(-1) ?? 0
  for (let age = 0; age < end; ) {
    age = nextAges[input.grid.ages.indexOf(age)] ?? end
    checks.push(age)
  }
  return checks
}

/** Of one sequence of checks, by the definition: piece by piece of the curve, without callbacks that are late. */
function costOf({ grid, perCheck, perMs, lossShare }: CostInput, checks: readonly number[]): number {
  const alive = grid.cumulative.map((sum) => Math.exp(-sum))
  const at = (age: number) => alive[grid.ages.indexOf(age)] ?? 0
  let cost = 0
  let before = 0
  for (const check of checks) {
    cost += perCheck * (at(check) + lossShare * (at(before) - at(check)))
    for (const [index, age] of grid.ages.entries()) {
      const from = grid.ages[index - 1] ?? 0
      if (age <= before || age > check) continue
      cost += perMs * lossShare * (at(before) - (at(from) + at(age)) / 2) * (age - from)
    }
    before = check
  }
  return cost
}

const steps = fc.array(fc.tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 0, max: 60 })), {
  minLength: 2,
  maxLength: 8,
})

function gridBy(all: readonly (readonly [number, number])[]) {
  const points: [number, number][] = [[0, 100]]
  for (const [seconds, percent] of all) {
    const [age, alive] = points.at(-1) ?? [0, 100]
    points.push([age + seconds, alive * (1 - percent / 100)])
  }
  return gridOf(...points)
}

describe('the cheapest checks', () => {
  it('are the cheapest of all there are', () => {
    const share = fc.constantFrom(0.01, 0.1, 0.5, 1)
    fc.assert(
      fc.property(steps, share, fc.integer({ min: 1, max: 30 }), (all, lossShare, perCheck) => {
        const input = { grid: gridBy(all), ...stakes({ lossShare, perCheck }) }
        const inner = input.grid.ages.slice(1, -1)
        const last = input.grid.ages.at(-1) ?? 0
        const costs = Array.from({ length: 2 ** inner.length }, (_, mask) =>
          costOf(input, [...inner.filter((_age, index) => (mask & (1 << index)) !== 0), last]),
        )
        expect(costOf(input, checksOf(input))).toBeCloseTo(Math.min(...costs), 6)
      }),
      { numRuns: 60 },
    )
  })

  it('never begin later for more loss', () => {
    const share = fc.double({ min: 0.001, max: 1, noNaN: true })
    const prices = fc.integer({ min: 1, max: 30 })
    fc.assert(
      fc.property(steps, share, share, prices, (all, one, other, perCheck) => {
        const grid = gridBy(all)
        const first = (lossShare: number) => checksOf({ grid, ...stakes({ lossShare, perCheck }) })[0] ?? 0
        expect(first(Math.max(one, other))).toBeLessThanOrEqual(first(Math.min(one, other)))
      }),
      { numRuns: 100 },
    )
  })

  it('lie behind each of two speeds, and not between them', () => {
    const twoSpeeds = gridOf([0, 100], [9, 100], [10, 50], [11, 50], [40, 50], [60, 50], [61, 1], [62, 1], [300, 0.5])
    expect(checksOf({ grid: twoSpeeds, ...stakes() }).slice(0, 2)).toEqual([10_000, 61_000])
  })

  it('wait for a callback that is only a moment late', () => {
    const grid = gridOf([0, 100], [10, 100], [11, 1], [13, 1], [20, 1], [60, 0.5])
    const first = (lagMs: number) => checksOf({ grid, ...stakes({ lossShare: 0.1, perCheck: 5, lagMs }) })[0] ?? 0
    expect(first(0)).toBe(11_000)
    expect(first(2000)).toBeGreaterThan(11_000)
  })
})
