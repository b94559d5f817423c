/** What a callback says, and what became of it, in words: shared by those who settle at intake and those who do it later. */
import { correlationCandidates, correlationKey, keyHash } from '../core/correlation.ts'
import type { Settlement } from '../core/settle.ts'
import type { EvidenceClaim, NewEvidenceOf } from '../moves/report.ts'
import type { InboundCallback, Reading } from '../providers/provider.ts'
import type { CallbackRow, NewCallback } from '../store/callbacks.ts'
import type { Way } from '../store/meant-expectations.ts'

export type Readable = Pick<NewCallback, 'method' | 'headers' | 'body' | 'hints'>

export type Judged = Pick<CallbackRow, 'verdict'>

export const ORPHANED = 'no expectation is known by what it says; it is matched when one appears'

export function inboundOf(callback: Readable): InboundCallback {
  const headers: Record<string, string> = {}
  for (const [name, value] of callback.headers) {
    const key = name.toLowerCase()
    headers[key] = headers[key] === undefined ? value : `${headers[key]}, ${value}`
  }
  return { method: callback.method, headers, body: callback.body, hints: callback.hints }
}

/** All ways to find the expectation that a callback means, the surest first. `operations`: those of its source. */
export function waysOf(
  { source, tokenExpectation, hints }: Pick<CallbackRow, 'source' | 'tokenExpectation' | 'hints'>,
  reading: Reading,
  operations: readonly string[],
): Way[] {
  const payloadExternalId = reading.kind === 'unreadable' ? null : reading.externalId
  const candidates = correlationCandidates({ tokenExpectationId: tokenExpectation, payloadExternalId, hints })
  return candidates.flatMap((candidate): Way[] => {
    switch (candidate.by) {
      case 'expectation':
        return [{ by: 'id', source, id: candidate.expectationId }]
      case 'external-id':
        return [{ by: 'correlation', hash: correlationKey(source, candidate.externalId) }]
      case 'key': {
        const named = candidate.operation === null ? operations : [candidate.operation]
        return named.map((operation) => ({ by: 'key', hash: keyHash(source, operation, candidate.key) }))
      }
      case 'job':
        return [{ by: 'job', source, jobId: candidate.jobId }]
      default:
        return candidate satisfies never
    }
  })
}

/** What an expectation that comes later could be found by. */
export function hashesOf(ways: readonly Way[]): Buffer[] {
  return ways.flatMap((way) => (way.by === 'correlation' || way.by === 'key' ? [way.hash] : []))
}

function claimOf(reading: Exclude<Reading, { kind: 'unreadable' }>): EvidenceClaim {
  return reading.kind === 'progress' ? { verdict: 'pending' } : reading.outcome
}

export function evidenceOf(
  callback: Judged & Pick<CallbackRow, 'id'>,
  reading: Exclude<Reading, { kind: 'unreadable' }>,
  expectationId: string,
): NewEvidenceOf {
  return {
    expectationId,
    origin: 'callback',
    trusted: isTrusted(callback),
    claim: claimOf(reading),
    detail: { verdict: callback.verdict },
    callbackId: callback.id,
    externalId: reading.externalId,
    needsExternalId: needsExternalId(reading),
  }
}

export function fateOf(settlement: Settlement): 'matched' | 'late' | 'duplicate' {
  if (settlement.relation === 'duplicate') return 'duplicate'
  return settlement.relation === 'late' || settlement.relation === 'contradicting' ? 'late' : 'matched'
}

export function isTrusted({ verdict }: Judged): boolean {
  return verdict === 'verified' || verdict === 'token'
}

/** What proves nothing, or only tells of progress, moves no job. */
export function mayMoveJob({ callback, reading }: { callback: Judged; reading: Reading }): boolean {
  return isTrusted(callback) && reading.kind === 'outcome'
}

function needsExternalId(reading: Reading): boolean {
  return reading.kind === 'outcome' && reading.needsExternalId === true
}

export function reasonOf(callback: Judged, reading: Reading, settlement: Settlement): string | null {
  switch (settlement.relation) {
    case 'contradicting':
      return 'it contradicts what settled the expectation before; recorded, nothing else changed'
    case 'late':
      return 'the expectation had ended already; recorded, nothing else changed'
    case 'duplicate':
      return 'the expectation was settled by a callback that said the same'
    case 'inconclusive':
      if (callback.verdict === 'unsigned') return 'it proves nothing by itself: the provider is asked'
      if (needsExternalId(reading)) return 'the work is done, under an id that is not known yet: the provider is asked'
      return 'it decides nothing yet'
    default:
      return null
  }
}
