/**
 * How a process comes up: steps that need each other, each waiting, starting, ready or away. Decides from their states what
 * begins next, when a failed one is tried again, which roles are ready and what is paused. Starts nothing itself.
 *
 *   waiting ── what it needs is ready ──▶ starting ── it holds ──▶ ready
 *                                            │ ▲
 *                                   it fails ▼ │ its time has come
 *                                           away
 */
import type { InstanceRole } from '@becket/client/contract'
import { backoffCeilingMs } from './backoff.ts'

export interface StepPlan {
  name: string
  /** The roles that need it; a process without any of them has no such step. */
  needs: readonly InstanceRole[]
  /** Hard: without it none of these roles is ready. Soft: only what it pauses is. */
  hard: boolean
  /** What must be ready before. A step that this process does not have holds nobody up. */
  after: readonly string[]
  /** What nobody can do while it is away, in words. */
  pauses: string
}

export interface StepFault {
  reason: string
  /** What to do next. */
  remedy: string
  /** Somebody said no, and counts how often: asking often makes it worse. */
  isRefusal: boolean
}

export type StepState =
  | { state: 'waiting'; sinceMs: number }
  /** `away`: it failed before, and is being tried again. */
  | { state: 'starting'; sinceMs: number; attempt: number; away: Away | null }
  | { state: 'ready'; sinceMs: number }
  | ({ state: 'away'; attempt: number; nextTryMs: number } & Away)

export interface Away {
  /** The first failure since it was last ready. */
  sinceMs: number
  fault: StepFault
}

export type StepStateName = StepState['state']

export const startupTransitions = {
  waiting: ['starting'],
  starting: ['ready', 'away'],
  away: ['starting'],
  ready: [],
} as const satisfies Record<StepStateName, readonly StepStateName[]>

export interface RetryRule {
  baseMs: number
  capMs: number
}

// 30 s: who has mended it does not wait longer than that; a hundred processes that ask this often disturb nobody.
export const retryDefaults: RetryRule = { baseMs: 500, capMs: 30_000 }

export type StepStates = ReadonlyMap<string, StepState>

/** What is waiting, and has all that it needs. */
export function stepsToBegin<Step extends StepPlan>(steps: readonly Step[], states: StepStates): Step[] {
  const isReady = (name: string) => {
    const of = states.get(name)
    return of === undefined || of.state === 'ready'
  }
  return steps.filter((step) => states.get(step.name)?.state === 'waiting' && step.after.every(isReady))
}

export function beginStep(before: StepState, nowMs: number): StepState {
  if (before.state !== 'away') return { state: 'starting', sinceMs: nowMs, attempt: 1, away: null }
  const { sinceMs, fault, attempt } = before
  return { state: 'starting', sinceMs: nowMs, attempt: attempt + 1, away: { sinceMs, fault } }
}

export function onStepHolds(nowMs: number): StepState {
  return { state: 'ready', sinceMs: nowMs }
}

export function onStepFails(
  before: StepState & { state: 'starting' },
  fault: StepFault,
  { nowMs, random, rule = retryDefaults }: { nowMs: number; random: () => number; rule?: RetryRule },
): StepState & { state: 'away' } {
  const { attempt } = before
  const nextTryMs = nowMs + retryMs(attempt, fault, random, rule)
  return { state: 'away', attempt, sinceMs: before.away?.sinceMs ?? nowMs, fault, nextTryMs }
}

/** At least half of the ceiling, so that a hundred tries a second never happen; the rest is jitter. */
function retryMs(attempt: number, { isRefusal }: StepFault, random: () => number, rule: RetryRule): number {
  const ceilingMs = isRefusal ? rule.capMs : backoffCeilingMs({ attempt, ...rule })
  return Math.floor((ceilingMs * (1 + random())) / 2)
}

/** Null while it is not known to be away. */
export function awayOf(state: StepState | undefined): Away | null {
  if (state?.state === 'away') return { sinceMs: state.sinceMs, fault: state.fault }
  return state?.state === 'starting' ? state.away : null
}

export interface Standing {
  /** Every role of this process can work. */
  isReady: boolean
  roles: Partial<Record<InstanceRole, boolean>>
  /** The hard steps that are not ready. */
  missing: StepPlan[]
  /** The soft steps that failed. One that was not yet asked pauses nothing: who needs it waits for its answer. */
  paused: StepPlan[]
}

export function standingOf(steps: readonly StepPlan[], states: StepStates, roles: readonly InstanceRole[]): Standing {
  const missing = steps.filter(({ name, hard }) => hard && states.get(name)?.state !== 'ready')
  const isRoleReady = (role: InstanceRole) => !missing.some(({ needs }) => needs.includes(role))
  return {
    isReady: roles.every(isRoleReady),
    roles: Object.fromEntries(roles.map((role) => [role, isRoleReady(role)])),
    missing,
    paused: steps.filter(({ name, hard }) => !hard && awayOf(states.get(name)) !== null),
  }
}
