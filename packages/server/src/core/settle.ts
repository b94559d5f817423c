/**
 * The one reducer: what a piece of evidence does to an expectation. A webhook, a status check, a file found, an answer
 * at once and an operator's word all go through it; the first conclusive one decides, once.
 */
import type { EvidenceOrigin, ExpectationState } from '@becket/client/contract'
import { isOpen } from './expectation.ts'

export type EvidenceVerdict = 'succeeded' | 'failed' | 'pending' | 'unknown'

export interface Evidence {
  origin: EvidenceOrigin
  verdict: EvidenceVerdict
  /** False for a callback with neither a good signature nor a token of ours: it settles nothing. */
  trusted: boolean
}

export interface Settleable {
  state: ExpectationState
  settledBy: EvidenceOrigin | null
}

export type Settlement =
  | { kind: 'settled'; state: 'succeeded' | 'failed'; relation: 'settled' | 'revived' }
  | {
      kind: 'recorded'
      relation: 'duplicate' | 'contradicting' | 'late' | 'inconclusive'
      /** The evidence is reason enough to ask the provider now. */
      makesCheckDue: boolean
    }

export function settle(expectation: Settleable, evidence: Evidence): Settlement {
  const { state } = expectation
  const { verdict } = evidence
  if (verdict === 'pending' || verdict === 'unknown') return recorded('inconclusive', false)
  if (!evidence.trusted) return recorded('inconclusive', isOpen(state))
  if (isOpen(state)) return { kind: 'settled', state: verdict, relation: 'settled' }
  if (state === 'expired') {
    if (verdict === 'succeeded') return { kind: 'settled', state: verdict, relation: 'revived' }
    return recorded('late', false)
  }
  if (state === 'cancelled') return recorded('late', false)
  if (state !== verdict) return recorded('contradicting', false)
  return recorded(expectation.settledBy === evidence.origin ? 'duplicate' : 'late', false)
}

/** Several pieces of evidence about one expectation, in order: each sees what the ones before it did. */
export function settleAll(expectation: Settleable, evidence: readonly Evidence[]): Settlement[] {
  let current = expectation
  return evidence.map((piece) => {
    const settlement = settle(current, piece)
    if (settlement.kind === 'settled') current = { state: settlement.state, settledBy: piece.origin }
    return settlement
  })
}

function recorded(
  relation: 'duplicate' | 'contradicting' | 'late' | 'inconclusive',
  makesCheckDue: boolean,
): Settlement {
  return { kind: 'recorded', relation, makesCheckDue }
}
