/**
 * What the end of one expectation teaches about its operation: how long the work takes, and whether callbacks arrive.
 * Says what was seen; adding it up is `latency.ts` and `loss.ts`, and remembering it the engine's.
 */
import type { EvidenceOrigin } from '@becket/client/contract'
import type { EvidenceVerdict, Settlement } from './settle.ts'

interface Place {
  source: string
  operation: string
}

export type Lesson = Place &
  (
    | /** Its callback ended it. `afterMs` is null where the time was taken already, when it was given up. */
    { kind: 'heard'; afterMs: number | null }
    /** It was found by asking. Whether its callback is lost, and since when the work had been done, is not known yet. */
    | { kind: 'found'; expectationId: string; submittedAtMs: number; afterMs: number; finishedAfterMs: number | null }
    /** A callback came for what was found before it. */
    | { kind: 'overtaken'; expectationId: string; callbackId: string }
    /** Nothing was proven before the deadline. */
    | { kind: 'given-up'; afterMs: number }
  )

/** The row as it was before the evidence; times are milliseconds since 1970 by the database's clock. */
export interface Taught extends Place {
  id: string
  submittedAtMs: number | null
  registeredAtMs: number
  settledBy: EvidenceOrigin | null
  nowMs: number
}

export interface Teaching {
  origin: EvidenceOrigin
  verdict: EvidenceVerdict
  /** When the provider says that it was done, by its own clock. */
  providerTimeMs: number | null
  callbackId: string | null
}

/** Null where there is nothing to learn: an answer at once was not waited for, and a person's word says nothing of either. */
export function lessonOf(row: Taught, evidence: Teaching, settlement: Settlement): Lesson | null {
  const { source, operation } = row
  const submittedAtMs = row.submittedAtMs ?? row.registeredAtMs
  const afterMs = Math.max(0, row.nowMs - submittedAtMs)
  if (settlement.kind === 'recorded') {
    const { callbackId } = evidence
    const isConclusive = evidence.verdict === 'succeeded' || evidence.verdict === 'failed'
    if (evidence.origin !== 'callback' || callbackId === null || !isConclusive) return null
    if (row.settledBy !== 'check' && row.settledBy !== 'artifact') return null
    return { kind: 'overtaken', source, operation, expectationId: row.id, callbackId }
  }
  const finishedAfterMs = finishedAfter(evidence.providerTimeMs, submittedAtMs, row.nowMs)
  switch (evidence.origin) {
    case 'callback':
      if (settlement.relation === 'revived') return { kind: 'heard', source, operation, afterMs: null }
      return { kind: 'heard', source, operation, afterMs: finishedAfterMs ?? afterMs }
    case 'check':
    case 'artifact':
      if (settlement.relation === 'revived') return null
      return { kind: 'found', source, operation, expectationId: row.id, submittedAtMs, afterMs, finishedAfterMs }
    case 'response':
    case 'operator':
      return null
    default:
      return evidence.origin satisfies never
  }
}

/** Nothing was proven before the deadline. What was never submitted teaches nothing. */
export function lessonOfExpiry(row: Taught): Lesson | null {
  if (row.submittedAtMs === null) return null
  const { source, operation } = row
  return { kind: 'given-up', source, operation, afterMs: Math.max(0, row.nowMs - row.submittedAtMs) }
}

/** A provider's clock is not ours: a time before the submit, or after now, is left out rather than bent. */
function finishedAfter(finishedAtMs: number | null, submittedAtMs: number, nowMs: number): number | null {
  if (finishedAtMs === null || !(finishedAtMs > submittedAtMs && finishedAtMs <= nowMs)) return null
  return finishedAtMs - submittedAtMs
}
