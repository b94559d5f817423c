/** Asks a configured address how a piece of work stands. */
import type { Outbound } from '../../outbound/outbound.ts'
import { isMissing, isSuccess, unavailable } from '../failed-request.ts'
import type { CheckAnswer, Expected } from '../provider.ts'
import type { HttpCheck } from './options.ts'
import { readClaim } from './read.ts'
import { fillTemplate } from './url-template.ts'

export const unauthorizedAdvice = {
  unauthorized: "Check the source's `apiKey` and `keyHeader`; the key is sent to the origin of `baseUrl` only.",
}

export async function checkStatus(
  outbound: Outbound,
  check: HttpCheck,
  expected: Expected,
  signal: AbortSignal,
): Promise<CheckAnswer> {
  const filled = fillTemplate(check.url, expected)
  if (filled.kind === 'lacking') return { kind: 'unavailable', reason: filled.reason }
  const answer = await outbound.request({
    operation: 'check',
    method: check.method,
    url: filled.url,
    headers: { accept: 'application/json' },
    authenticated: true,
    signal,
  })
  if (isMissing(answer)) return { kind: 'missing' }
  if (!isSuccess(answer)) return unavailable(answer, unauthorizedAdvice)
  const claim = readClaim(answer.body, check)
  switch (claim.kind) {
    case 'unreadable':
      return { kind: 'unavailable', reason: `the status cannot be read: ${claim.reason}` }
    case 'progress':
      return { kind: 'pending' }
    case 'unknown':
      // Whoever lists the words for "not yet" means that all others are surprises.
      if (check.pending.length === 0) return { kind: 'pending' }
      return { kind: 'unavailable', reason: `the status ${JSON.stringify(claim.word)} is none that the source knows` }
    case 'outcome':
      if (claim.externalId !== null && expected.externalId !== null && claim.externalId !== expected.externalId) {
        return { kind: 'unavailable', reason: 'the status that was answered is about other work' }
      }
      return { kind: 'outcome', outcome: claim.outcome }
  }
}
