import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { emptyLatency, observe } from './latency.ts'
import { planTable } from './learned-plan.ts'
import {
  checkWorthMs,
  faultsOfPlan,
  ladder,
  learnedPlan,
  learnedPlanOf,
  MINUTES_AS_SECONDS,
  nextCheck,
  type PollPlan,
  plannedFrom,
  pollFirst,
  scalePlan,
} from './poll-plan.ts'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
const terms = { expectWithinMs: 5 * MINUTE, deadlineMs: DAY }

/** Lives through a whole expectation on a virtual clock; answers the ages at which it was checked, and given up. */
function live(plan: PollPlan, { expectWithinMs, deadlineMs } = terms) {
  const checks: number[] = []
  let ageMs = 0
  for (;;) {
    const next = nextCheck({ plan, ageMs, expectWithinMs, deadlineMs })
    ageMs += next.afterMs
    if (next.kind === 'give-up') return { checks, gaveUpAtMs: ageMs }
    checks.push(ageMs)
  }
}

const plans: fc.Arbitrary<PollPlan> = fc.oneof(
  fc.constant<PollPlan>({ kind: 'none' }),
  fc.constant(ladder),
  fc.constant<PollPlan>(learnedPlan),
  fc.record({
    kind: fc.constant('poll' as const),
    firstMs: fc.integer({ min: 1000, max: 600_000 }),
    ratio: fc.double({ min: 1.05, max: 3, noNaN: true }),
    longestMs: fc.integer({ min: 60_000, max: 3_600_000 }),
  }),
)

describe('the ladder', () => {
  const { checks, gaveUpAtMs } = live(ladder)
  const minutes = checks.map((age) => age / MINUTE)

  it('asks nothing before 5 minutes', () => {
    expect(minutes[0]).toBe(5)
  })

  it('asks every 2 minutes up to 15', () => {
    expect(minutes.filter((age) => age <= 15)).toEqual([5, 7, 9, 11, 13, 15])
  })

  it('asks every 5 minutes up to 60', () => {
    expect(minutes.filter((age) => age > 15 && age <= 60)).toEqual([20, 25, 30, 35, 40, 45, 50, 55, 60])
  })

  it('asks every 15 minutes after that, for the whole day', () => {
    const late = minutes.filter((age) => age >= 60)
    expect(late.every((age, index) => index === 0 || age - (late[index - 1] ?? age) === 15)).toBe(true)
    expect(late.at(-1)).toBe(24 * 60 - 15)
  })

  it('gives up at 24 hours, after 106 checks', () => {
    expect(gaveUpAtMs).toBe(DAY)
    expect(checks).toHaveLength(6 + 9 + 91)
  })

  it('begins when the operation is overdue, where that is later or sooner than 5 minutes', () => {
    expect(live(ladder, { ...terms, expectWithinMs: 30 * MINUTE }).checks[0]).toBe(30 * MINUTE)
    expect(live(ladder, { ...terms, expectWithinMs: 10_000 }).checks.slice(0, 2)).toEqual([10_000, 10_000 + 2 * MINUTE])
  })

  it('says why, for a screen', () => {
    const at = (ageMs: number) => nextCheck({ plan: ladder, ageMs, ...terms }).why
    expect(at(MINUTE)).toBe('the callback is expected within 5 min; the first check comes then')
    expect(at(9 * MINUTE)).toBe('overdue for 4 min: asked every 2 min until 15 min')
    expect(at(20 * MINUTE)).toBe('overdue for 15 min: asked every 5 min until 1 h')
    expect(at(120 * MINUTE)).toBe('overdue for 1 h 55 min: asked every 15 min from then on')
    expect(at(DAY - MINUTE)).toBe('no check is left before the deadline of 24 h')
    expect(at(DAY)).toBe('the deadline of 24 h has passed')
  })

  it('takes seconds for minutes in a demonstration, with the same checks', () => {
    const scaled = live(scalePlan(ladder, MINUTES_AS_SECONDS), { expectWithinMs: 5000, deadlineMs: DAY / 60 })
    expect(scaled.checks).toEqual(checks.map((age) => age / 60))
  })
})

describe('the plan that only asks', () => {
  it('starts early, and knows every outcome within its ratio', () => {
    const { checks } = live(pollFirst)
    expect(checks[0]).toBe(5000)
    const young = checks.filter((age) => age < 30 * MINUTE)
    for (const [index, age] of young.entries()) {
      if (index > 0) expect(age / (young[index - 1] ?? age)).toBeCloseTo(1.4, 3)
    }
  })

  it('never waits longer than it may between two checks', () => {
    const { checks } = live(pollFirst)
    const gaps = checks.map((age, index) => age - (checks[index - 1] ?? 0))
    expect(Math.max(...gaps)).toBe(15 * MINUTE)
  })
})

describe('the learned plan', () => {
  it('asks first when the operation is overdue, as long as nothing was learned', () => {
    expect(live(learnedPlan).checks[0]).toBe(5 * MINUTE)
  })

  it('asks when the work is likely done and its callback lost, and says so', () => {
    let latency = emptyLatency()
    for (let end = 0; end < 100; end++) latency = observe(latency, { kind: 'exact', afterMs: 30_000 + end * 100 })
    const learned = { latency, loss: { lost: 50, arrived: 50 }, observations: 100 }
    const table = planTable({ learned, prior: null, costs: learnedPlan })
    const next = nextCheck({ plan: learnedPlan, table, ageMs: 0, ...terms })
    expect(next.kind).toBe('check')
    expect(next.afterMs).toBeLessThan(2 * MINUTE)
    expect(next.why).toMatch(/% of such work is done by then, and \d+ % of callbacks are lost/)
  })

  it('tells again why the check that is to come is to come then', () => {
    let latency = emptyLatency()
    for (let end = 0; end < 100; end++) latency = observe(latency, { kind: 'exact', afterMs: 10_000 + end * 5_000 })
    const learned = { latency, loss: { lost: 50, arrived: 50 }, observations: 100 }
    const table = planTable({ learned, prior: null, costs: learnedPlan })
    let knownMs = 0
    for (let check = 0; check < 8; check++) {
      const waiting = { plan: learnedPlan, table, ageMs: knownMs, lastKnownIncompleteMs: knownMs, ...terms }
      const next = nextCheck({ ...waiting, deadlineMs: 10 * DAY })
      const fromMs = plannedFrom(table, knownMs + next.afterMs)
      expect(fromMs).toBeDefined()
      expect(Math.abs((fromMs ?? 0) - knownMs)).toBeLessThan(0.1 * knownMs + 1_000)
      knownMs += next.afterMs
    }
    expect(plannedFrom(table, -1)).toBeUndefined()
  })

  it('is steered by what a check is worth', () => {
    expect(checkWorthMs(learnedPlanOf({ worthMs: 90_000, longestMs: MINUTE }))).toBe(90_000)
    const scaled = scalePlan(learnedPlan, MINUTES_AS_SECONDS)
    if (scaled.kind !== 'learned') throw new Error('it became another plan')
    expect(checkWorthMs(scaled)).toBe(Math.round(checkWorthMs(learnedPlan) / 60))
    expect(faultsOfPlan(learnedPlanOf({ worthMs: 0, longestMs: 0 }))).toHaveLength(2)
  })
})

describe('every plan', () => {
  it('asks never where it says so, and still gives up', () => {
    expect(live({ kind: 'none' })).toEqual({ checks: [], gaveUpAtMs: DAY })
  })

  it('comes to its deadline exactly, by checks that only move forward', () => {
    const deadlines = fc.integer({ min: 1, max: 2 * DAY })
    fc.assert(
      fc.property(plans, fc.nat({ max: 3_600_000 }), deadlines, (plan, expectWithinMs, deadlineMs) => {
        const { checks, gaveUpAtMs } = live(plan, { expectWithinMs, deadlineMs })
        expect(gaveUpAtMs).toBe(deadlineMs)
        expect(checks.every((age, index) => age > (checks[index - 1] ?? -1) && age < deadlineMs)).toBe(true)
      }),
      { numRuns: 50 },
    )
  })

  it('answers a whole number within the deadline at any age', () => {
    fc.assert(
      fc.property(plans, fc.integer({ min: -DAY, max: 2 * DAY }), (plan, ageMs) => {
        const { afterMs, kind } = nextCheck({ plan, ageMs, ...terms })
        expect(Number.isInteger(afterMs)).toBe(true)
        expect(afterMs).toBeGreaterThanOrEqual(kind === 'check' ? 1 : 0)
        expect(Math.max(0, ageMs) + afterMs).toBeLessThanOrEqual(Math.max(DAY, ageMs))
      }),
    )
  })

  it('has no faults where it is one of ours', () => {
    expect([ladder, pollFirst, scalePlan(ladder, MINUTES_AS_SECONDS)].flatMap(faultsOfPlan)).toEqual([])
  })

  it('is refused with words where it cannot work', () => {
    expect(faultsOfPlan({ kind: 'ladder', tiers: [] })).toEqual(['a ladder needs a tier'])
    expect(faultsOfPlan({ kind: 'ladder', tiers: [{ everyMs: 5 }, { untilMs: 9, everyMs: 0 }] })).toEqual([
      'tier 1 needs an end, since another follows',
      'tier 2 must wait some time between two checks',
      'the last tier must have no end',
    ])
    const backwards = [{ untilMs: 9, everyMs: 1 }, { untilMs: 9, everyMs: 1 }, { everyMs: 1 }]
    expect(faultsOfPlan({ kind: 'ladder', tiers: backwards })).toEqual(['tier 2 must end later than the one before it'])
    expect(faultsOfPlan({ kind: 'poll', firstMs: 0, ratio: 1, longestMs: 0 })).toHaveLength(3)
  })
})
