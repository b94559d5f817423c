/** Rows of `evidence`: claims about an outcome, appended and never changed; see `expectation-batches.ts` and `expectation-reads.ts`. */
import type { EvidenceOrigin } from '@becket/client/contract'
import type { EvidenceVerdict } from '../core/settle.ts'

export type EvidenceRelation = 'settled' | 'revived' | 'duplicate' | 'contradicting' | 'late' | 'inconclusive'

/** Times are milliseconds since 1970. */
export interface EvidenceRow {
  id: string
  origin: EvidenceOrigin
  verdict: EvidenceVerdict
  relation: EvidenceRelation
  detail: Record<string, unknown>
  observedAt: number
  providerTime: number | null
  callbackId: string | null
}

export interface NewEvidence {
  id: string
  expectationId: string
  origin: EvidenceOrigin
  verdict: EvidenceVerdict
  relation: EvidenceRelation
  detail: Record<string, unknown>
  providerTime: string | null
  callbackId: string | null
}

/** A provider's time as it wrote it; what is no time is left out rather than guessed. */
export function asTime(text: string | null): number | null {
  if (text === null) return null
  const timeMs = new Date(text).getTime()
  return Number.isNaN(timeMs) ? null : timeMs
}
