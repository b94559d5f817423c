/**
 * The states of an expectation, which follows which, and what a worker that was woken for one must do.
 * Decides only; `engine/checker.ts` acts.
 */
import type { ExpectationState } from '@becket/client/contract'
import type { PlanTable } from './learned-plan.ts'
import type { PollPlan } from './poll-plan.ts'
import { nextCheck } from './poll-plan.ts'

/** The only ways an expectation moves. Drawn in docs/state-machines.md; SQL guards hold it too. */
export const expectationTransitions: Record<ExpectationState, readonly ExpectationState[]> = {
  registered: ['waiting', 'unconfirmed', 'succeeded', 'failed', 'cancelled', 'expired'],
  submitting: ['waiting', 'unconfirmed', 'succeeded', 'failed', 'cancelled'],
  waiting: ['succeeded', 'failed', 'cancelled', 'expired'],
  unconfirmed: ['waiting', 'succeeded', 'failed', 'cancelled', 'expired'],
  succeeded: [],
  failed: [],
  cancelled: [],
  // Expired is not settled: we stopped waiting, the provider may still deliver.
  expired: ['succeeded'],
}

export const openStates = ['registered', 'submitting', 'waiting', 'unconfirmed'] as const satisfies ExpectationState[]

export function isOpen(state: ExpectationState): boolean {
  return openStates.some((open) => open === state)
}

/** What may be done with an attempt of which nobody knows whether it reached the provider. */
export type Resubmit = 'safe' | 'ask' | 'never'

// 10: fewer could be a bad night of restarts; more, and it is the work that kills the processes.
const FREE_INTERRUPTIONS = 10

/**
 * Whether an attempt of which nobody knows costs its job one of its tries. What the provider left open does; what a
 * process of ours broke off by dying says nothing about the work, unless that happens again and again.
 */
export function costsATry({ attempt, wasInterrupted }: { attempt: number; wasInterrupted: boolean }): boolean {
  return !wasInterrupted || attempt >= FREE_INTERRUPTIONS
}

/** Milliseconds since 1970 throughout. */
export interface ExpectationClock {
  submittedAtMs: number
  expectByMs: number
  deadlineMs: number
}

export interface WokenExpectation extends ExpectationClock {
  state: ExpectationState
  /** The provider can be asked about it by its own id, or the artifact's address is known. */
  isTraceable: boolean
  /** There is a job whose current attempt this is, so that another attempt can be made. */
  isCurrentAttemptOfJob: boolean
  resubmit: Resubmit
  plan: PollPlan
}

export type ExpectationDecision =
  /** Settled, or not ours to touch: the wakeup goes. */
  | { kind: 'leave' }
  | { kind: 'unconfirm'; reason: string }
  /** Ask the provider; `last` when nothing more will be asked after it. */
  | { kind: 'check'; last: boolean }
  | { kind: 'resubmit' }
  | { kind: 'expire' }
  | { kind: 'wait'; afterMs: number; why: string }

/** What to do with an expectation whose wakeup fell due at `nowMs`. */
export function decideExpectation(expectation: WokenExpectation, nowMs: number): ExpectationDecision {
  switch (expectation.state) {
    case 'submitting':
      // Whoever submits holds the wakeup until the answer is stored. Found without its owner, the submit was interrupted.
      return { kind: 'unconfirm', reason: 'the process that was submitting it went away before the answer was stored' }
    case 'registered':
      if (nowMs >= expectation.expectByMs) {
        return { kind: 'unconfirm', reason: 'it was registered, and nobody said that it was dispatched' }
      }
      return { kind: 'wait', afterMs: expectation.expectByMs - nowMs, why: 'waits to be told that it was dispatched' }
    case 'unconfirmed': {
      const isOverdue = nowMs >= expectation.expectByMs
      if (expectation.isCurrentAttemptOfJob && expectation.resubmit === 'safe' && isOverdue) return { kind: 'resubmit' }
      if (expectation.isTraceable) return { kind: 'check', last: nowMs >= expectation.deadlineMs }
      if (nowMs >= expectation.deadlineMs) return { kind: 'expire' }
      const until = isOverdue ? expectation.deadlineMs : expectation.expectByMs
      return {
        kind: 'wait',
        afterMs: until - nowMs,
        why: 'nobody knows whether the provider took it; a callback settles it',
      }
    }
    case 'waiting':
      return { kind: 'check', last: nowMs >= expectation.deadlineMs }
    case 'succeeded':
    case 'failed':
    case 'cancelled':
    case 'expired':
      return { kind: 'leave' }
    default:
      return expectation.state satisfies never
  }
}

/**
 * When to look at an open expectation next: the earlier of its next check and its deadline. `knownAtMs`: when a check last
 * said that the work goes on.
 */
export function nextLook(
  expectation: ExpectationClock & { plan: PollPlan; table?: PlanTable; canCheck: boolean; knownAtMs?: number },
  nowMs: number,
): { afterMs: number; why: string } {
  const untilDeadline = Math.max(0, expectation.deadlineMs - nowMs)
  if (!expectation.canCheck) {
    return { afterMs: untilDeadline, why: 'this source has nothing to ask: the deadline comes next' }
  }
  const next = nextCheck({
    plan: expectation.plan,
    table: expectation.table,
    ageMs: Math.max(0, nowMs - expectation.submittedAtMs),
    lastKnownIncompleteMs: Math.max(0, (expectation.knownAtMs ?? 0) - expectation.submittedAtMs),
    expectWithinMs: expectation.expectByMs - expectation.submittedAtMs,
    deadlineMs: expectation.deadlineMs - expectation.submittedAtMs,
  })
  return { afterMs: Math.min(next.afterMs, untilDeadline), why: next.why }
}
