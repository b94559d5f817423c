/**
 * The port to what was learned of providers: told of every end once it is committed, and asked when to look next. Filled
 * by `engine/learning.ts`; without it nothing is learned, and a learned plan goes by what it begins with.
 */
import type { EvidenceOrigin } from '@becket/client/contract'
import type { PlanCosts, PlanTable } from '../core/learned-plan.ts'
import { type Lesson, lessonOf, lessonOfExpiry } from '../core/lesson.ts'
import type { EvidenceVerdict, Settlement } from '../core/settle.ts'
import type { Tx } from '../db/db.ts'
import type { ExpectationRow } from '../store/expectations.ts'

export interface Learning {
  /** Never waits and never throws. */
  note(lesson: Lesson): void
  /** What is known by now, as a plan; kept until more is known. */
  tableFor(source: string, operation: string, costs: PlanCosts): PlanTable
}

export interface TeachingEvidence {
  origin: EvidenceOrigin
  claim: { verdict: EvidenceVerdict; providerTime?: string }
  callbackId?: string
}

/** `row` as it was before the evidence. What is rolled back teaches nothing. */
export function learnFrom(
  tx: Tx,
  learning: Learning | undefined,
  row: ExpectationRow,
  { origin, claim, callbackId = undefined }: TeachingEvidence,
  settlement: Settlement,
): void {
  if (learning === undefined) return
  const finishedAtMs = claim.providerTime === undefined ? Number.NaN : Date.parse(claim.providerTime)
  const lesson = lessonOf(
    row,
    {
      origin,
      verdict: claim.verdict,
      providerTimeMs: Number.isNaN(finishedAtMs) ? null : finishedAtMs,
      callbackId: callbackId ?? null,
    },
    settlement,
  )
  if (lesson !== null) tx.afterCommit(() => learning.note(lesson))
}

export function learnFromExpiry(tx: Tx, learning: Learning | undefined, row: ExpectationRow): void {
  if (learning === undefined) return
  const lesson = lessonOfExpiry(row)
  if (lesson !== null) tx.afterCommit(() => learning.note(lesson))
}
