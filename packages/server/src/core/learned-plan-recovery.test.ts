/**
 * The learned plan in simulated time, in short: what it costs against the cheapest checks that anybody who knew the truth
 * could choose. The long form, with more truths and seeds, and with work that still runs, is bench/src/recovery.
 */
import { describe, expect, it } from 'vitest'
import { observe } from './latency.ts'
import { emptyLearned, type Learned, nextFrom, planTable } from './learned-plan.ts'
import { cheapestNextAges } from './learned-plan-cost.ts'

const SECOND = 1000
const HOUR = 3600 * SECOND
const costs = { perCheck: 1, perSecond: 1, longestMs: 24 * HOUR }
const terms = { expectWithinMs: 300 * SECOND, deadlineMs: 24 * HOUR }

/** A Weibull distribution, and how much of the work follows it. */
interface Speed {
  weight: number
  scaleMs: number
  shape: number
}
const oneSpeed: Speed[] = [{ weight: 1, scaleMs: 120 * SECOND, shape: 1.5 }]
const twoSpeeds: Speed[] = [
  { weight: 0.6, scaleMs: 10 * SECOND, shape: 4 },
  { weight: 0.4, scaleMs: 240 * SECOND, shape: 4 },
]
const aliveAt = (speeds: readonly Speed[], ageMs: number) =>
  speeds.reduce((sum, { weight, scaleMs, shape }) => sum + weight * Math.exp(-((ageMs / scaleMs) ** shape)), 0)

/** From 0 in steps of 1 %, as far as anything runs. */
const ages = [0, ...Array.from({ length: 1000 }, (_, index) => 0.25 * SECOND * 1.01 ** index)].filter((ms) => ms < HOUR)

/** What a sequence of checks costs for one piece of work: chances to be asked, and the time in which nobody knows. */
function costOf(speeds: readonly Speed[], lossShare: number, checks: readonly number[]): number {
  let cost = 0
  let before = 0
  for (const check of checks) {
    const found = aliveAt(speeds, before) - aliveAt(speeds, check)
    cost += costs.perCheck * (aliveAt(speeds, check) + lossShare * found)
    const pieces = 40
    const width = (check - before) / pieces
    for (let piece = 0; piece < pieces; piece += 1) {
      const done = aliveAt(speeds, before) - aliveAt(speeds, before + (piece + 0.5) * width)
      cost += (costs.perSecond / 1000) * lossShare * done * width
    }
    before = check
    if (aliveAt(speeds, check) < 1e-7) break
  }
  return cost
}

function cheapest(speeds: readonly Speed[], lossShare: number): number {
  const cumulative = ages.map((ms) => -Math.log(Math.max(1e-300, aliveAt(speeds, ms))))
  const stakes = { perCheck: costs.perCheck, perMs: costs.perSecond / 1000, lossShare, longestMs: costs.longestMs }
  const nextAges = cheapestNextAges({ grid: { ages, cumulative }, ...stakes, lagMs: 0 })
  return costOf(
    speeds,
    lossShare,
    walk((ageMs) => nextAges[ages.indexOf(ageMs)] ?? Number.POSITIVE_INFINITY),
  )
}

function walk(next: (ageMs: number) => number): number[] {
  const checks = []
  for (let ageMs = next(0); ageMs < HOUR; ageMs = next(ageMs)) checks.push(ageMs)
  return checks
}

function checksOf(learned: Learned): number[] {
  const table = planTable({ learned, prior: null, costs, lagMs: 0 })
  return walk((ageMs) => ageMs + nextFrom(table, { ...terms, ageMs, lastKnownIncompleteMs: ageMs }).afterMs)
}

/** As production sees it: a callback tells the time, and where it was lost, the checks of the plan so far do. */
function learnedAfter(count: number, speeds: readonly Speed[], lossShare: number, random: () => number): Learned {
  let learned = emptyLearned()
  let checks = checksOf(learned)
  for (let seen = 1; seen <= count; seen += 1) {
    const which = random()
    const speed = speeds.find(({ weight }, index) => index === speeds.length - 1 || which < weight)
    const afterMs = (speed?.scaleMs ?? 0) * (-Math.log(1 - random())) ** (1 / (speed?.shape ?? 1))
    const isLost = random() < lossShare
    const found = checks.findIndex((ageMs) => ageMs >= afterMs)
    const between = { kind: 'between' as const, fromMs: checks[found - 1] ?? 0, toMs: checks[found] ?? HOUR }
    const { latency, loss } = learned
    learned = {
      latency: observe(latency, isLost ? between : { kind: 'exact', afterMs }),
      loss: { lost: loss.lost + (isLost ? 1 : 0), arrived: loss.arrived + (isLost ? 0 : 1) },
      observations: seen,
    }
    if (seen < 10 || seen % 10 === 0) checks = checksOf(learned)
  }
  return learned
}

/** The same numbers for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return (state + 0.5) / 2 ** 32
  }
}

function ratios(count: number, seeds: readonly number[]): number[] {
  const truths = [oneSpeed, twoSpeeds].flatMap((speeds) =>
    [0.01, 0.1, 0.5, 1].map((lossShare) => ({ speeds, lossShare })),
  )
  const all = truths.flatMap(({ speeds, lossShare }) => {
    const least = cheapest(speeds, lossShare)
    return seeds.map((seed) => {
      const learned = learnedAfter(count, speeds, lossShare, randomOf(seed))
      return costOf(speeds, lossShare, checksOf(learned)) / least
    })
  })
  return all.sort((one, other) => one - other)
}

describe('after 100 observations, with one callback in 100 to all of them lost', () => {
  const all = ratios(100, [1, 2, 3])

  it('the learned plan costs a fifth more than the cheapest at most, in the median', () => {
    expect(all[Math.floor(all.length / 2)]).toBeLessThan(1.2)
  })

  it('it costs hardly ever more than half as much again', () => {
    expect(all.at(-2)).toBeLessThan(1.6)
  })

  it('it never costs less than the cheapest: the measure is right', () => {
    expect(all[0]).toBeGreaterThan(0.99)
  })
})
