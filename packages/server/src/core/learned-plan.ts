/**
 * When to ask next, learned from how long the work of a source and operation took and how many callbacks were lost:
 * the moment that costs least, asking and not knowing weighed against each other. Until enough was seen, a plan that
 * needs no knowledge. Says when, and why in words; what was learned is kept, and asking done, elsewhere.
 *
 * `planTable` is worth keeping (a few milliseconds): one for each source and operation, until what was learned has changed.
 * `nextFrom` looks one up. `learnedCheck` does both.
 */
import { describeDuration } from './duration.ts'
import { emptyLatency, type LatencyCounts } from './latency.ts'
import { survivalOf } from './latency-curve.ts'
import { cheapestNextAges } from './learned-plan-cost.ts'
import { gridOf } from './learned-plan-grid.ts'
import { emptyLoss, type LossCounts, lossRate } from './loss.ts'

/** Plain data. Sums are sums, of each part. */
export interface Learned {
  latency: LatencyCounts
  loss: LossCounts
  /** How many ended, decayed like the counts. */
  observations: number
}

export interface PlanCosts {
  /** What one check costs; only its proportion to `perSecond` matters. */
  perCheck: number
  /** What one second costs in which work is done and nobody knows. */
  perSecond: number
  /** Never longer between two checks. */
  longestMs: number
}

export interface PlanInput {
  learned: Learned
  /** What was seen of the same provider, or of all: believed while little was seen here. */
  prior: Learned | null
  costs: PlanCosts
  /** By how much checks are dearer at the moment, from `pressureOf`; 1 where nothing presses. */
  pressure?: number
  /** How long a callback that does come takes to come, on average. */
  lagMs?: number
}

/** Plain data. */
export interface PlanTable {
  /** Nothing to speak of was learned: `nextFrom` goes by the operation's terms alone. */
  isCold: boolean
  /** Ascending: known to run at `ages[i]`, ask at `nextAges[i]`. */
  ages: number[]
  nextAges: number[]
  /** How much is done by each of `ages`. */
  doneShares: number[]
  lossShare: number
  longestMs: number
  pressure: number
  observations: number
}

export interface WaitingSince {
  ageMs: number
  /** The age at which a check last said that it is not done; 0 if none did. */
  lastKnownIncompleteMs: number
  expectWithinMs: number
  deadlineMs: number
}

export interface NextAsk {
  /** From now: more than nothing, and never past the deadline. */
  afterMs: number
  why: string
}

// 10: over the truths of bench/src/recovery, a hundredth of the work never ending, it asks less often than the ladder does.
// An hour: what runs for ever costs two dozen checks a day, and nothing that ends is found more than that late.
export const defaultCosts: PlanCosts = { perCheck: 10, perSecond: 1, longestMs: 60 * 60 * 1000 }

// Fewer say so little that their plan would cost more than the one that needs none; see bench/src/recovery.
const ENOUGH = 3

// Each wait half of the age: an outcome is known within half of the time the work took, and from half an hour on it was
// asked about no more often than the ladder would, also where it was expected within half a minute.
const COLD_RATIO = 1.5
const COLD_LONGEST_MS = 15 * 60 * 1000
const COLD_SHORTEST_MS = 1000

// A callback that comes a moment later must not have been asked for.
const USUAL_LAG_MS = 1000

const STEEPNESS = 2
const MOST_PRESSURE = 1e4

export function emptyLearned(): Learned {
  return { latency: emptyLatency(), loss: emptyLoss(), observations: 0 }
}

/** How much dearer checks get as their budget is used up: not at all below it, and steeply above. */
export function pressureOf({ used, budget }: { used: number; budget: number }): number {
  if (!(budget > 0)) return MOST_PRESSURE
  return Math.min(MOST_PRESSURE, Math.max(1, Math.exp((STEEPNESS * (used - budget)) / budget)))
}

export function planTable({ learned, prior, costs, pressure = 1, lagMs = USUAL_LAG_MS }: PlanInput): PlanTable {
  const lossShare = lossRate(learned.loss, prior?.loss)
  const base = { lossShare, longestMs: costs.longestMs, pressure, observations: learned.observations }
  if (learned.observations < ENOUGH) return { ...base, isCold: true, ages: [], nextAges: [], doneShares: [] }
  const curve = survivalOf(learned.latency, prior?.latency ?? null)
  const perCheck = costs.perCheck * pressure
  const stakes = { perCheck, perMs: costs.perSecond / 1000, lossShare, longestMs: costs.longestMs }
  const grid = gridOf(curve, stakes)
  return {
    ...base,
    isCold: false,
    ages: grid.ages,
    nextAges: cheapestNextAges({ grid, ...stakes, lagMs }),
    doneShares: grid.cumulative.map((hazard) => -Math.expm1(-hazard)),
  }
}

/** The caller gives up at the deadline; until then, an answer for every age. */
export function nextFrom(table: PlanTable, waiting: WaitingSince): NextAsk {
  const ageMs = Math.max(0, waiting.ageMs)
  const { atMs, why } = table.isCold ? coldNext(table, { ...waiting, ageMs }) : warmNext(table, { ...waiting, ageMs })
  const leftMs = waiting.deadlineMs - ageMs
  return { afterMs: Math.max(1, Math.round(Math.min(atMs - ageMs, leftMs))), why }
}

export function learnedCheck(input: PlanInput & WaitingSince): NextAsk {
  return nextFrom(planTable(input), input)
}

interface Planned {
  atMs: number
  why: string
}

function coldNext({ observations, longestMs, pressure }: PlanTable, { ageMs, expectWithinMs }: WaitingSince): Planned {
  const seen = `only ${Math.floor(observations)} of such work seen to its end`
  const firstMs = Math.max(COLD_SHORTEST_MS, expectWithinMs)
  if (ageMs < firstMs) {
    return { atMs: firstMs, why: `${seen}: first asked when it is overdue, at ${describeDuration(firstMs)}` }
  }
  const share = (COLD_RATIO - 1) * Math.sqrt(pressure)
  const waitMs = Math.min(longestMs, COLD_LONGEST_MS * Math.sqrt(pressure), ageMs * share)
  return { atMs: ageMs + waitMs, why: `${seen}: asked more rarely with age, next in ${describeDuration(waitMs)}` }
}

function warmNext(table: PlanTable, { ageMs, lastKnownIncompleteMs, expectWithinMs }: WaitingSince): Planned {
  const { longestMs, lossShare } = table
  const knownMs = Math.min(ageMs, Math.max(0, lastKnownIncompleteMs))
  const lost = `${percent(lossShare)} of callbacks are lost`
  const done = (atMs: number) =>
    `${percent(interpolated(table.ages, table.doneShares, atMs) ?? 1)} of such work is done`
  if (knownMs <= 0) {
    const latestMs = Math.max(longestMs, expectWithinMs)
    const atMs = Math.min(latestMs, interpolated(table.ages, table.nextAges, 0) ?? latestMs)
    if (atMs > ageMs)
      return { atMs, why: `first asked at ${describeDuration(atMs)}: ${done(atMs)} by then, and ${lost}` }
  }
  const atMs = nextAge(table, knownMs)
  if (atMs > ageMs) return { atMs, why: `asked again at ${describeDuration(atMs)}: ${done(atMs)} by then, and ${lost}` }
  // It should have been asked by now, and did not answer: again soon, then more and more rarely, until the plan's own pace.
  const patienceMs = Math.max(COLD_SHORTEST_MS, (atMs - knownMs) / 4, (ageMs - atMs) / 2)
  const waitMs = Math.min(nextAge(table, ageMs) - ageMs, patienceMs)
  const why = `nothing known since ${describeDuration(knownMs)}: ${done(ageMs)} by now, asked in ${describeDuration(waitMs)}`
  return { atMs: ageMs + waitMs, why }
}

/** Past the last age that was thought about, only the longest wait is left. */
function nextAge({ ages, nextAges, longestMs }: PlanTable, ageMs: number): number {
  const nextMs = interpolated(ages, nextAges, ageMs) ?? ageMs + longestMs
  return Math.min(ageMs + longestMs, Math.max(ageMs + 1, nextMs))
}

function interpolated(ages: readonly number[], values: readonly number[], ageMs: number): number | undefined {
  let low = 0
  let high = ages.length - 1
  if (high < 0 || ageMs > (ages[high] ?? 0)) return undefined
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if ((ages[middle] ?? 0) <= ageMs) low = middle
    else high = middle
  }
  const from = ages[low] ?? 0
  const to = ages[high] ?? from
  const part = to > from ? (ageMs - from) / (to - from) : 0
  return (values[low] ?? 0) * (1 - part) + (values[high] ?? 0) * part
}

/** Never "100 %" of what is not all, nor "0 %" of what is some. */
function percent(share: number): string {
  const hundred = share * 100
  if (hundred >= 99.95) return share >= 1 ? '100 %' : 'over 99.9 %'
  if (hundred >= 99) return `${hundred.toFixed(1)} %`
  if (hundred >= 1) return `${Math.round(hundred)} %`
  return hundred > 0 ? 'under 1 %' : 'none'
}
