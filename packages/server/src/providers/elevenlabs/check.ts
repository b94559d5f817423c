/** Asks ElevenLabs for a transcript by its id. It is there, or it is not (yet): how one that failed looks is not known. */
import type { Outbound } from '../../outbound/outbound.ts'
import { isMissing, isSuccess, unavailable } from '../failed-request.ts'
import { isRecord, readJson } from '../json-body.ts'
import { pathSegment } from '../path-segment.ts'
import type { CheckAnswer, Expected } from '../provider.ts'
import { unauthorizedAdvice } from './options.ts'
import { outputOf } from './transcript.ts'

// 64 MiB: ten hours of speech, every word with its times.
export const MAX_TRANSCRIPT_BYTES = 64 * 1024 * 1024

// Seen in no documentation, and plain enough: asking again costs nothing.
const underWay: ReadonlySet<string> = new Set(['pending', 'queued', 'processing', 'in_progress'])

export async function checkTranscript(
  outbound: Outbound,
  { externalId }: Expected,
  signal: AbortSignal,
): Promise<CheckAnswer> {
  const segment = externalId === null ? null : pathSegment(externalId)
  // Nothing to ask by: the answer to the submit was lost.
  if (segment === null) return { kind: 'missing' }
  const answer = await outbound.request({
    operation: 'check',
    method: 'GET',
    url: `/v1/speech-to-text/transcripts/${segment}`,
    headers: { accept: 'application/json' },
    maxBytes: MAX_TRANSCRIPT_BYTES,
    authenticated: true,
    signal,
  })
  if (isMissing(answer)) return { kind: 'missing' }
  if (!isSuccess(answer)) return unavailable(answer, unauthorizedAdvice)
  const read = readJson(answer.body)
  if (read.kind === 'unreadable' || !isRecord(read.value)) return unreadable('it is not an object')
  const { status } = read.value
  // Transcripts that are done have no such word. One that has may be on its way, with its text still empty.
  if (typeof status === 'string' && status !== 'completed') {
    if (underWay.has(status)) return { kind: 'pending' }
    return unreadable(`the status ${JSON.stringify(status.slice(0, 60))} is not known`)
  }
  const output = outputOf(read.value, externalId)
  if (output === null) return unreadable('it holds no transcript')
  if (output.ref !== externalId) return unreadable('it is another transcript')
  return { kind: 'outcome', outcome: { verdict: 'succeeded', output } }
}

function unreadable(reason: string): CheckAnswer {
  return { kind: 'unavailable', reason: `the answer cannot be read: ${reason}` }
}
