/**
 * What a transaction made of one expectation, told from what it wrote, just as whoever reads it afterwards would find it.
 * Reads nothing.
 */
import { isOpen } from '../core/expectation.ts'
import { asStored } from '../db/stored-json.ts'
import { asTime, type EvidenceRow, type NewEvidence } from '../store/evidence.ts'
import type { Recorded } from './report.ts'
import type { Draft } from './report-fold.ts'

/** `atMs`: the time that was written; null where nothing was. */
export function recordedOf({ before, row, write, evidence, look }: Draft, atMs: number | null): Recorded {
  const nowMs = atMs ?? before.nowMs
  return {
    fromVersion: before.version,
    row: {
      ...row,
      version: write?.version ?? before.version,
      externalId: row.externalId === null ? null : asText(row.externalId),
      submittedAtMs: before.submittedAtMs ?? (write?.isSubmitted === true ? nowMs : null),
      settledAtMs: write?.isSettled === true ? nowMs : before.settledAtMs,
      error: row.error === null ? null : asStored(row.error),
    },
    outcome: write?.outcome ?? null,
    evidence: evidence.map((piece) => evidenceRowOf(piece, nowMs)),
    nextLook:
      look === null || !isOpen(row.state)
        ? null
        : { dueMs: nowMs + Math.max(0, look.afterMs), isPutBack: look.claim !== null },
  }
}

/** In the order of the columns that are read. */
function evidenceRowOf(piece: NewEvidence, observedAt: number): EvidenceRow {
  const { id, origin, verdict, relation, detail, callbackId } = piece
  const providerTime = asTime(piece.providerTime)
  return { id, origin, verdict, relation, detail: asStored(detail), observedAt, providerTime, callbackId }
}

/** A lone surrogate is replaced on its way to the database. */
function asText(text: string): string {
  return Buffer.from(text).toString()
}
