/** From the way a plan is written to the plan that core judges by, and back to words. */
import type { z } from 'zod'
import { formatDuration } from '../core/duration.ts'
import {
  checkWorthMs,
  ladder,
  learnedPlan,
  learnedPlanOf,
  type PollPlan,
  pollFirst,
  type Tier,
} from '../core/poll-plan.ts'
import type { planOptions } from './source-options.ts'

export function toPlan(written: z.output<typeof planOptions>): PollPlan {
  if (written === 'none') return { kind: 'none' }
  if (written === 'ladder') return ladder
  if (written === 'poll') return pollFirst
  if (written === 'learned') return learnedPlan
  if ('learned' in written) {
    const { checkWorth = checkWorthMs(learnedPlan), longest = learnedPlan.longestMs } = written.learned
    return learnedPlanOf({ worthMs: checkWorth, longestMs: longest })
  }
  return { kind: 'ladder', tiers: written.ladder.map(({ until, every }) => tierOf(every, until)) }
}

/** The ladder with another interval on its first rung; later rungs never ask more often than that one. */
export function ladderWithInterval(intervalMs: number): PollPlan {
  if (ladder.kind !== 'ladder') return ladder
  const tiers = ladder.tiers.map((tier, index) => ({
    ...tier,
    everyMs: index === 0 ? intervalMs : Math.max(intervalMs, tier.everyMs),
  }))
  return { kind: 'ladder', tiers }
}

export function describePlan(plan: PollPlan): string {
  if (plan.kind === 'none') return 'none'
  if (plan.kind === 'poll') return `poll (first after ${formatDuration(plan.firstMs)})`
  if (plan.kind === 'learned') {
    const worth = formatDuration(checkWorthMs(plan))
    return `learned (a check is worth ${worth} of not knowing, at most ${formatDuration(plan.longestMs)} apart)`
  }
  const rungs = plan.tiers.map(({ untilMs, everyMs }) => {
    const until = untilMs === undefined ? '' : ` until ${formatDuration(untilMs)}`
    return `every ${formatDuration(everyMs)}${until}`
  })
  return `ladder (${rungs.join(', ')})`
}

function tierOf(everyMs: number, untilMs: number | undefined): Tier {
  return untilMs === undefined ? { everyMs } : { untilMs, everyMs }
}
