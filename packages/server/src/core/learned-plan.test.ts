import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Completion, observe } from './latency.ts'
import {
  defaultCosts,
  emptyLearned,
  type Learned,
  learnedCheck,
  nextFrom,
  type PlanInput,
  planTable,
  pressureOf,
} from './learned-plan.ts'
import { ladder, nextCheck } from './poll-plan.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const terms = { expectWithinMs: 5 * MINUTE, deadlineMs: DAY }

function learnedFrom(completions: readonly Completion[], lostShare = 0.05): Learned {
  const latency = completions.reduce(observe, emptyLearned().latency)
  const observations = completions.length
  return { latency, loss: { lost: observations * lostShare, arrived: observations * (1 - lostShare) }, observations }
}

/** A hundred, evenly between the two. */
const between = (fromMs: number, toMs: number, lostShare?: number) =>
  learnedFrom(
    Array.from({ length: 100 }, (_, index) => ({ kind: 'exact', afterMs: fromMs + ((toMs - fromMs) * index) / 99 })),
    lostShare,
  )

const inputOf = (learned: Learned, overrides: Partial<PlanInput> = {}): PlanInput => {
  return { learned, prior: null, costs: defaultCosts, ...overrides }
}

/** Lives through work that never ends on a virtual clock; answers the ages at which it was asked about. */
function live(input: PlanInput, { expectWithinMs, deadlineMs } = terms): number[] {
  const table = planTable(input)
  const ages: number[] = []
  for (let ageMs = 0; ; ) {
    ageMs += nextFrom(table, { ageMs, lastKnownIncompleteMs: ageMs, expectWithinMs, deadlineMs }).afterMs
    if (ageMs >= deadlineMs) return ages
    ages.push(ageMs)
  }
}

function liveLadder({ expectWithinMs, deadlineMs } = terms): number[] {
  const ages: number[] = []
  for (let ageMs = 0; ; ) {
    const next = nextCheck({ plan: ladder, ageMs, expectWithinMs, deadlineMs })
    if (next.kind === 'give-up') return ages
    ageMs += next.afterMs
    ages.push(ageMs)
  }
}

const firstOf = (input: PlanInput) => live(input)[0] ?? Number.POSITIVE_INFINITY
const upTo = (ages: readonly number[], ms: number) => ages.filter((age) => age <= ms).length

describe('the learned plan', () => {
  it('asks once nearly all such work is done', () => {
    const first = firstOf(inputOf(between(20 * SECOND, 40 * SECOND)))
    expect(first).toBeGreaterThan(35 * SECOND)
    expect(first).toBeLessThan(60 * SECOND)
  })

  it('asks earlier and more often after callbacks start getting lost', () => {
    const [well, ill] = [0.01, 0.9].map((lost) => live(inputOf(between(20 * SECOND, 120 * SECOND, lost))))
    expect(ill?.[0]).toBeLessThan((well?.[0] ?? 0) / 2)
    expect(upTo(ill ?? [], 2 * MINUTE)).toBeGreaterThan(2 * upTo(well ?? [], 2 * MINUTE))
  })

  it('leaves work alone for hours that is known to take hours, and is expected to', () => {
    const ages = live(inputOf(between(3 * HOUR, 4 * HOUR)), { ...terms, expectWithinMs: 4 * HOUR })
    expect(ages[0]).toBeGreaterThan(2 * HOUR)
  })

  it('asks ever more rarely when what is usual has passed, and at most an hour apart', () => {
    const ages = live(inputOf(between(20 * SECOND, 40 * SECOND)))
    const gaps = ages.map((age, index) => age - (ages[index - 1] ?? 0))
    expect(Math.max(...gaps)).toBeLessThanOrEqual(HOUR)
    expect(gaps.at(-1)).toBeGreaterThan(30 * MINUTE)
    expect(ages.length).toBeLessThan(liveLadder().length / 2)
  })

  it('says why', () => {
    const at = (ageMs: number, lastKnownIncompleteMs: number, lost: number) =>
      learnedCheck({ ...inputOf(between(20 * SECOND, 40 * SECOND, lost)), ...terms, ageMs, lastKnownIncompleteMs }).why
    expect(at(0, 0, 0.12)).toMatch(
      /^first asked at 4\d(\.\d)? s: \d\d % of such work is done by then, and 1\d % of callbacks are lost$/,
    )
    expect(at(50_000, 50_000, 0)).toMatch(/^asked again at \d.* is done by then, and under 1 % of callbacks are lost$/)
    expect(at(DAY / 2, 50_000, 0.12)).toMatch(/^nothing known since 50 s: .* is done by now, asked in /)
  })

  it('asks more rarely while its budget is used up, and never stops', () => {
    const learned = between(20 * SECOND, 120 * SECOND, 0.5)
    const [rested, pressed] = [1, pressureOf({ used: 150, budget: 100 })].map((pressure) =>
      live(inputOf(learned, { pressure })),
    )
    expect(pressed?.length).toBeLessThan(rested?.length ?? 0)
    expect(pressed?.length).toBeGreaterThan(0)
    expect(firstOf(inputOf(emptyLearned(), { pressure: 100 }))).toBe(5 * MINUTE)
  })

  it('feels no pressure below the budget, and a limited one where there is none', () => {
    expect(pressureOf({ used: 10, budget: 100 })).toBe(1)
    expect(pressureOf({ used: 200, budget: 100 })).toBeGreaterThan(5)
    expect(Number.isFinite(pressureOf({ used: 1e9, budget: 1 }))).toBe(true)
    expect(Number.isFinite(pressureOf({ used: 1, budget: 0 }))).toBe(true)
  })

  it('asks again soon where a check was not answered, not at once, and more rarely each time', () => {
    const table = planTable(inputOf(between(20 * SECOND, 40 * SECOND)))
    const after = (ageMs: number) => nextFrom(table, { ...terms, ageMs, lastKnownIncompleteMs: 0 }).afterMs
    expect(after(MINUTE)).toBeGreaterThanOrEqual(SECOND)
    expect(after(MINUTE)).toBeLessThan(30 * SECOND)
    expect(after(10 * MINUTE)).toBeGreaterThan(after(MINUTE))
  })
})

describe('the learned plan that has learned nothing', () => {
  const cold = inputOf(emptyLearned())

  it('asks when the work is overdue, then at half as long again', () => {
    expect(
      live(cold)
        .slice(0, 4)
        .map((age) => age / MINUTE),
    ).toEqual([5, 7.5, 11.25, 16.875])
  })

  it('asks no more than the ladder, whatever is expected, from half an hour on', () => {
    for (const expectWithinMs of [30 * SECOND, MINUTE, 5 * MINUTE, 20 * MINUTE, 3 * HOUR]) {
      const [ours, theirs] = [live(cold, { ...terms, expectWithinMs }), liveLadder({ ...terms, expectWithinMs })]
      for (let ageMs = 30 * MINUTE; ageMs <= DAY; ageMs += 5 * MINUTE) {
        expect(upTo(ours, ageMs)).toBeLessThanOrEqual(upTo(theirs, ageMs))
      }
    }
  })

  it('finds out within half of the time the work took, and a quarter of an hour', () => {
    for (const [index, age] of live(cold).entries()) {
      const before = live(cold)[index - 1] ?? 5 * MINUTE
      expect(age - before).toBeLessThanOrEqual(Math.min(before / 2, 15 * MINUTE))
    }
  })

  it('begins to learn with the third observation', () => {
    const some = (count: number) => learnedFrom(new Array(count).fill({ kind: 'exact', afterMs: 10 * SECOND }))
    expect(planTable(inputOf(some(2))).isCold).toBe(true)
    expect(firstOf(inputOf(some(3)))).toBeLessThan(5 * MINUTE)
  })
})

describe('whatever was learned', () => {
  const age = fc.integer({ min: 1, max: 200_000_000 })
  const completion: fc.Arbitrary<Completion> = fc.oneof(
    fc.record({ kind: fc.constant('exact' as const), afterMs: age }),
    fc.record({ kind: fc.constant('between' as const), fromMs: age, toMs: age }),
    fc.record({ kind: fc.constant('censored' as const), atMs: age }),
  )
  const share = fc.double({ min: 0, max: 1, noNaN: true })
  const learnt = fc.tuple(fc.array(completion, { maxLength: 20 }), share).map(([all, lost]) => learnedFrom(all, lost))
  const costs = fc.record({
    perCheck: fc.double({ min: 0.001, max: 10_000, noNaN: true }),
    perSecond: fc.double({ min: 0.001, max: 100, noNaN: true }),
    longestMs: fc.integer({ min: 1000, max: DAY }),
  })

  it('the next check is a whole number, after some time, within the longest wait and the deadline', () => {
    const waiting = fc.record({
      ageMs: fc.integer({ min: -MINUTE, max: 5 * DAY }),
      lastKnownIncompleteMs: fc.integer({ min: 0, max: 5 * DAY }),
      expectWithinMs: fc.nat({ max: DAY }),
    })
    fc.assert(
      fc.property(learnt, costs, waiting, fc.integer({ min: 1, max: 10_000 }), (learned, prices, at, leftMs) => {
        const deadlineMs = Math.max(0, at.ageMs) + leftMs
        const table = planTable(inputOf(learned, { costs: prices }))
        const soon = nextFrom(table, { ...at, deadlineMs })
        expect(soon.afterMs).toBeLessThanOrEqual(leftMs)
        const { afterMs, why } = nextFrom(table, { ...at, deadlineMs: 1e12 })
        expect(Number.isInteger(afterMs)).toBe(true)
        expect(afterMs).toBeGreaterThan(0)
        expect(afterMs).toBeLessThanOrEqual(Math.max(prices.longestMs, at.expectWithinMs, SECOND))
        expect(why).not.toMatch(/NaN|Infinity|undefined/)
      }),
      { numRuns: 100 },
    )
  })

  it('is plain data that survives a table row', () => {
    const learned = between(SECOND, MINUTE)
    const kept: Learned = JSON.parse(JSON.stringify(learned))
    expect(planTable(inputOf(kept))).toEqual(planTable(inputOf(learned)))
  })
})
