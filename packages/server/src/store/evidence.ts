/** Rows of `evidence`: claims about an outcome, appended and never changed; see `expectation-batches.ts` and `expectation-reads.ts`. */
import type { EvidenceOrigin } from '@becket/client/contract'
import type { EvidenceVerdict } from '../core/settle.ts'

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

/** A provider's time as it wrote it; what is no time is left out rather than guessed. */
export function asTime(text: string | null): Date | null {
  if (text === null) return null
  const time = new Date(text)
  return Number.isNaN(time.getTime()) ? null : time
}
