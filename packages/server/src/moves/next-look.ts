/** When to look at an expectation next by the plan of its operation, and, where that is the learned one, by what was learned. */
import { nextLook } from '../core/expectation.ts'
import type { PollPlan } from '../core/poll-plan.ts'
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

/** From `row.nowMs`. */
export function lookNext(row: ExpectationRow, { learning, ...looking }: Looking): { afterMs: number; why: string } {
  const { plan } = looking
  const submittedAtMs = row.submittedAtMs ?? row.registeredAtMs
  const table = plan.kind === 'learned' ? learning?.tableFor(row.source, row.operation, plan) : undefined
  return nextLook({ ...row, submittedAtMs, table, ...looking }, row.nowMs)
}
