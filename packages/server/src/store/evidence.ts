/** Rows of `evidence`: claims about an outcome, appended and never changed. */
import type { EvidenceOrigin } from '@becket/client/contract'
import type { EvidenceVerdict } from '../core/settle.ts'
import type { Queryable } from '../db/db.ts'
import { toJsonb } from '../db/json.ts'
import { newId } from './new-id.ts'

export type EvidenceRelation = 'settled' | 'revived' | 'duplicate' | 'contradicting' | 'late' | 'inconclusive'

export interface EvidenceRow {
  id: string
  origin: EvidenceOrigin
  verdict: EvidenceVerdict
  relation: EvidenceRelation
  detail: Record<string, unknown>
  observedAt: Date
  providerTime: Date | null
  callbackId: string | null
}

export interface NewEvidence {
  expectationId: string
  origin: EvidenceOrigin
  verdict: EvidenceVerdict
  relation: EvidenceRelation
  detail: Record<string, unknown>
  providerTime: string | null
  callbackId: string | null
}

export async function appendEvidence(tx: Queryable, evidence: NewEvidence): Promise<string> {
  const id = newId('evidence')
  await tx.query(
    `insert into becket.evidence (id, expectation_id, origin, verdict, relation, detail, observed_at, provider_time, callback_id)
     values ($1, $2, $3, $4, $5, $6, clock_timestamp(), $7, $8)`,
    [
      id,
      evidence.expectationId,
      evidence.origin,
      evidence.verdict,
      evidence.relation,
      toJsonb(evidence.detail),
      asTime(evidence.providerTime),
      evidence.callbackId,
    ],
  )
  return id
}

/** Oldest first; relies on evidence_by_expectation. */
export async function readEvidence(db: Queryable, expectationId: string): Promise<EvidenceRow[]> {
  const { rows } = await db.query<EvidenceRow>(
    `select id, origin, verdict, relation, detail, observed_at as "observedAt", provider_time as "providerTime",
       callback_id as "callbackId"
     from becket.evidence where expectation_id = $1 order by id limit 500`,
    [expectationId],
  )
  return rows
}

/** A provider's time as it wrote it; what is no time is left out rather than guessed. */
export function asTime(text: string | null): Date | null {
  if (text === null) return null
  const time = new Date(text)
  return Number.isNaN(time.getTime()) ? null : time
}
