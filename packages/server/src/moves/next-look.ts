/** When to look at an expectation next by the plan of its operation, and, where that is the learned one, by what was learned. */
import { nextLook } from '../core/expectation.ts'
import { type PollPlan, plannedFrom } from '../core/poll-plan.ts'
import type { ExpectationRow } from '../store/expectations.ts'
import type { Learning } from './learning.ts'

export interface Looking {
  plan: PollPlan
  canCheck: boolean
  /** When a check last said that the work goes on; absent: none did. */
  knownAtMs?: number
  /** Absent: nothing was learned. */
  learning?: Learning
}

/** Why it is looked at when it is: at `dueMs`, which was planned when it was looked at before. */
export function whyLook(row: ExpectationRow, looking: Looking, dueMs: number | null): string {
  const { plan, learning } = looking
  if (plan.kind !== 'learned' || learning === undefined || dueMs === null) return lookNext(row, looking).why
  const submittedAtMs = row.submittedAtMs ?? row.registeredAtMs
  const fromMs = plannedFrom(learning.tableFor(row.source, row.operation, plan), dueMs - submittedAtMs)
  if (fromMs === undefined) return lookNext(row, looking).why
  const plannedAtMs = submittedAtMs + fromMs
  return lookNext({ ...row, nowMs: plannedAtMs }, { ...looking, knownAtMs: plannedAtMs }).why
}

/** From `row.nowMs`. */
export function lookNext(row: ExpectationRow, { learning, ...looking }: Looking): { afterMs: number; why: string } {
  const { plan } = looking
  const submittedAtMs = row.submittedAtMs ?? row.registeredAtMs
  const table = plan.kind === 'learned' ? learning?.tableFor(row.source, row.operation, plan) : undefined
  return nextLook({ ...row, submittedAtMs, table, ...looking }, row.nowMs)
}
