/**
 * When to ask a provider for an outcome that has not been heard of. A plan is data: configured per source and operation,
 * and judged here by the expectation's age alone, so that a restart or a late worker changes nothing.
 * Says when; asking, and giving up at the deadline, are the checker's.
 */
import { describeDuration } from './duration.ts'
import { defaultCosts, emptyLearned, nextFrom, type PlanCosts, type PlanTable, planTable } from './learned-plan.ts'

export interface Tier {
  /** The age up to which this tier holds; the last tier has none. */
  untilMs?: number
  everyMs: number
}

export type PollPlan =
  /** Never asked: only a callback, an operator or the deadline ends it. */
  | { kind: 'none' }
  /** The callback comes first; asking begins when it is overdue, and grows rarer with age. */
  | { kind: 'ladder'; tiers: readonly Tier[] }
  /**
   * Asking is the primary way. The age at each check is `ratio` times the age at the one before: the outcome is known at
   * most that share late, for a number of checks that grows only with the logarithm of the age.
   */
  | { kind: 'poll'; firstMs: number; ratio: number; longestMs: number }
  /** What was seen of the operation says when: the cost of asking and that of not knowing are weighed against each other. */
  | LearnedPlan

export type LearnedPlan = { kind: 'learned' } & PlanCosts

export interface Waiting {
  plan: PollPlan
  /** Since the work was submitted. */
  ageMs: number
  /** After this age the expectation is overdue. */
  expectWithinMs: number
  deadlineMs: number
  /** For a learned plan: what was learned. Absent: nothing yet. */
  table?: PlanTable
  /** For a learned plan: the age at which a check last said that the work goes on; 0 if none did. */
  lastKnownIncompleteMs?: number
}

export interface NextCheck {
  /** From now; never past the deadline. */
  afterMs: number
  /** What is to happen then. */
  kind: 'check' | 'give-up'
  /** For a screen. */
  why: string
}

const SECOND = 1000
const MINUTE = 60 * SECOND

/** Nothing before it is overdue, each 2 min up to 15, each 5 up to 60, each 15 after. */
export const ladder: PollPlan = {
  kind: 'ladder',
  tiers: [
    { untilMs: 15 * MINUTE, everyMs: 2 * MINUTE },
    { untilMs: 60 * MINUTE, everyMs: 5 * MINUTE },
    { everyMs: 15 * MINUTE },
  ],
}

/** For a source whose callbacks fail altogether: an outcome is known within 40 % of the time the work took. */
export const pollFirst: PollPlan = { kind: 'poll', firstMs: 5 * SECOND, ratio: 1.4, longestMs: 15 * MINUTE }

/** Where nothing else is said. */
export const learnedPlan: LearnedPlan = { kind: 'learned', ...defaultCosts }

/** How long an outcome may lie unknown before a check pays: the proportion of both costs is all that matters. */
export function checkWorthMs({ perCheck, perSecond }: LearnedPlan): number {
  return Math.round((perCheck / perSecond) * SECOND)
}

export function learnedPlanOf({ worthMs, longestMs }: { worthMs: number; longestMs: number }): LearnedPlan {
  return { kind: 'learned', perCheck: worthMs / SECOND, perSecond: 1, longestMs }
}

/**
 * From which age the check at `nextAgeMs` was planned, so that its reason can be told again later; undefined where the plan
 * tells of no such check, or nothing was learned yet.
 */
export function plannedFrom({ ages, nextAges }: PlanTable, nextAgeMs: number): number | undefined {
  // A second: waits are whole milliseconds, and a wakeup is written a moment after it was planned.
  const index = nextAges.findIndex((each) => each >= nextAgeMs - SECOND)
  const [age, next] = [ages[index], nextAges[index]]
  if (age === undefined || next === undefined) return undefined
  const [ageBefore, before] = [ages[index - 1], nextAges[index - 1]]
  if (ageBefore === undefined || before === undefined) return next <= nextAgeMs + SECOND ? age : undefined
  if (nextAgeMs >= next) return age
  return ageBefore + (Math.max(0, nextAgeMs - before) / (next - before)) * (age - ageBefore)
}

/** For demonstrations: what takes minutes takes seconds. */
export const MINUTES_AS_SECONDS = 1 / 60

export function nextCheck(waiting: Waiting): NextCheck {
  // A clock that was set back must not make an age negative, nor a check later for it.
  const ageMs = Math.max(0, waiting.ageMs)
  const leftMs = waiting.deadlineMs - ageMs
  const deadline = describeDuration(waiting.deadlineMs)
  if (leftMs <= 0) return { kind: 'give-up', afterMs: 0, why: `the deadline of ${deadline} has passed` }
  const planned = plannedCheck({ ...waiting, ageMs })
  if (planned === undefined) {
    return { kind: 'give-up', afterMs: leftMs, why: `the plan asks never; given up after ${deadline}` }
  }
  const afterMs = Math.max(1, Math.round(planned.afterMs))
  if (afterMs >= leftMs) {
    return { kind: 'give-up', afterMs: leftMs, why: `no check is left before the deadline of ${deadline}` }
  }
  return { kind: 'check', afterMs, why: planned.why }
}

/** The same plan, faster or slower. The terms beside it, `expectWithin` and `deadline`, are the caller's to scale. */
export function scalePlan(plan: PollPlan, factor: number): PollPlan {
  const scaled = (ms: number) => Math.max(1, Math.round(ms * factor))
  if (plan.kind === 'none') return plan
  if (plan.kind === 'poll') return { ...plan, firstMs: scaled(plan.firstMs), longestMs: scaled(plan.longestMs) }
  // A check that is worth a minute of not knowing is worth a second of it.
  if (plan.kind === 'learned') {
    return { ...plan, perSecond: plan.perSecond / factor, longestMs: scaled(plan.longestMs) }
  }
  const tiers = plan.tiers.map(({ untilMs, everyMs }) =>
    untilMs === undefined ? { everyMs: scaled(everyMs) } : { untilMs: scaled(untilMs), everyMs: scaled(everyMs) },
  )
  return { kind: 'ladder', tiers }
}

/** What is wrong with a configured plan; none where it can work. */
export function faultsOfPlan(plan: PollPlan): string[] {
  if (plan.kind === 'none') return []
  if (plan.kind === 'poll') {
    const faults = []
    if (!(plan.firstMs > 0)) faults.push('the first check must come after some time')
    if (!(plan.ratio > 1)) faults.push(`the ratio must be above 1, not ${plan.ratio}`)
    if (!(plan.longestMs > 0)) faults.push('the longest wait between two checks must be more than nothing')
    return faults
  }
  if (plan.kind === 'learned') {
    const faults = []
    if (!(plan.perCheck > 0)) faults.push('a check must cost something, else asking would never stop')
    if (!(plan.perSecond > 0))
      faults.push('a second of not knowing must cost something, else nothing would ever be asked')
    if (!(plan.longestMs > 0)) faults.push('the longest wait between two checks must be more than nothing')
    return faults
  }
  if (plan.tiers.length === 0) return ['a ladder needs a tier']
  return plan.tiers.flatMap(({ untilMs, everyMs }, index) => {
    const faults = []
    const isLast = index === plan.tiers.length - 1
    if (!(everyMs > 0)) faults.push(`tier ${index + 1} must wait some time between two checks`)
    if (!isLast && untilMs === undefined) faults.push(`tier ${index + 1} needs an end, since another follows`)
    if (isLast && untilMs !== undefined) faults.push('the last tier must have no end')
    const before = plan.tiers[index - 1]?.untilMs
    if (untilMs !== undefined && before !== undefined && !(untilMs > before)) {
      faults.push(`tier ${index + 1} must end later than the one before it`)
    }
    return faults
  })
}

function plannedCheck(waiting: Waiting): { afterMs: number; why: string } | undefined {
  const { plan, ageMs, expectWithinMs } = waiting
  switch (plan.kind) {
    case 'none':
      return undefined
    case 'ladder':
      return ladderCheck(plan.tiers, ageMs, expectWithinMs)
    case 'poll': {
      if (ageMs < plan.firstMs) {
        return {
          afterMs: plan.firstMs - ageMs,
          why: `asking is the way here: first at ${describeDuration(plan.firstMs)}`,
        }
      }
      const afterMs = Math.min(plan.longestMs, Math.max(plan.firstMs, ageMs) * (plan.ratio - 1))
      return {
        afterMs,
        why: `asking is the way here: next in ${describeDuration(afterMs)}, at an age of ${describeDuration(ageMs)}`,
      }
    }
    case 'learned': {
      const { table = planTable({ learned: emptyLearned(), prior: null, costs: plan }) } = waiting
      return nextFrom(table, { ...waiting, lastKnownIncompleteMs: waiting.lastKnownIncompleteMs ?? 0 })
    }
    default:
      return plan satisfies never
  }
}

function ladderCheck(
  tiers: readonly Tier[],
  ageMs: number,
  expectWithinMs: number,
): { afterMs: number; why: string } | undefined {
  if (ageMs < expectWithinMs) {
    const why = `the callback is expected within ${describeDuration(expectWithinMs)}; the first check comes then`
    return { afterMs: expectWithinMs - ageMs, why }
  }
  const tier = tiers.find(({ untilMs }) => untilMs === undefined || ageMs < untilMs) ?? tiers.at(-1)
  if (tier === undefined) return undefined
  const until = tier.untilMs === undefined ? 'from then on' : `until ${describeDuration(tier.untilMs)}`
  const why = `overdue for ${describeDuration(ageMs - expectWithinMs)}: asked every ${describeDuration(tier.everyMs)} ${until}`
  return { afterMs: tier.everyMs, why }
}
