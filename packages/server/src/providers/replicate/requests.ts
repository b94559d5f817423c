/** Speaks to Replicate: hands a prediction in, once, and asks how one stands. */
import { z } from 'zod'
import type { Outbound } from '../../outbound/outbound.ts'
import { isMissing, isSuccess, submitFailure, unavailable } from '../failed-request.ts'
import { isRecord, readId, readJson } from '../json-body.ts'
import { pathSegment } from '../path-segment.ts'
import type { CheckAnswer, Expected, SubmitAnswer, SubmitRequest } from '../provider.ts'
import { readPrediction } from './prediction.ts'

export const advice = { unauthorized: "Check the source's `apiKey`: it is an API token of the account." }

/** In Replicate's own words; a deployment has its version already. */
const predictionInput = z.strictObject({
  version: z.string().min(1).optional(),
  input: z.record(z.string(), z.unknown()),
})

export async function submitPrediction(
  outbound: Outbound,
  route: string,
  { operation, input, callbackUrl }: SubmitRequest,
  signal: AbortSignal,
): Promise<SubmitAnswer> {
  const parsed = predictionInput.safeParse(input)
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => `\`${path.join('.') || 'input'}\`: ${message}`)
    return { kind: 'refused', error: { code: 'INPUT_INVALID', message: faults.join('; '), retryable: false } }
  }
  // Only the end: Replicate tries none of the others again.
  const webhook = { webhook: callbackUrl, webhook_events_filter: ['completed'] }
  const answer = await outbound.request({
    operation,
    method: 'POST',
    url: route,
    headers: { accept: 'application/json', 'content-type': 'application/json' },
    body: JSON.stringify({ ...parsed.data, ...(callbackUrl !== undefined && webhook) }),
    authenticated: true,
    signal,
  })
  if (!isSuccess(answer)) return submitFailure(answer, advice)
  const read = readJson(answer.body)
  const externalId = read.kind === 'json' && isRecord(read.value) ? readId(read.value.id) : null
  if (read.kind === 'unreadable' || !isRecord(read.value) || externalId === null) {
    const message = 'the submit was answered without the id of a prediction'
    return { kind: 'unclear', error: { code: 'ANSWER_UNREADABLE', message, retryable: true } }
  }
  const reading = readPrediction(read.value)
  return reading.kind === 'outcome'
    ? { kind: 'answered', externalId, outcome: reading.outcome }
    : { kind: 'accepted', externalId }
}

export async function checkPrediction(
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
    url: `/v1/predictions/${segment}`,
    headers: { accept: 'application/json' },
    authenticated: true,
    signal,
  })
  if (isMissing(answer)) return { kind: 'missing' }
  if (!isSuccess(answer)) return unavailable(answer, advice)
  const read = readJson(answer.body)
  if (read.kind === 'unreadable' || !isRecord(read.value)) return unreadable('it is no prediction')
  const reading = readPrediction(read.value)
  if (reading.kind === 'unreadable') return unreadable(reading.reason)
  if (reading.externalId !== externalId) return unreadable('it is about another prediction')
  return reading.kind === 'progress' ? { kind: 'pending' } : { kind: 'outcome', outcome: reading.outcome }
}

function unreadable(reason: string): CheckAnswer {
  return { kind: 'unavailable', reason: `the status cannot be read: ${reason}` }
}
