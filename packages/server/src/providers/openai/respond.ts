/** Starts one response in the background: OpenAI answers with its id and goes on by itself. Tries once. */
import { z } from 'zod'
import type { Outbound } from '../../outbound/outbound.ts'
import { isSuccess, submitFailure } from '../failed-request.ts'
import { isRecord, readId, readJson } from '../json-body.ts'
import type { SubmitAnswer, SubmitRequest } from '../provider.ts'
import { unauthorizedAdvice } from './options.ts'
import { readWork } from './work.ts'

/** In the API's own words. What is taken from it is what would make it no background work. */
const respondInput = z.looseObject({
  model: z.string().min(1).optional(),
  stream: z.literal(false, { error: 'a response in the background is not streamed to Becket' }).optional(),
  background: z.literal(true, { error: 'it is always true here' }).optional(),
})

export async function respond(outbound: Outbound, request: SubmitRequest, signal: AbortSignal): Promise<SubmitAnswer> {
  const input = respondInput.safeParse(request.input)
  if (!input.success) {
    const faults = input.error.issues.map(({ path, message }) => `\`${path.join('.') || 'input'}\`: ${message}`)
    return { kind: 'refused', error: { code: 'INPUT_INVALID', message: faults.join('; '), retryable: false } }
  }
  const answer = await outbound.request({
    operation: 'response',
    method: 'POST',
    url: '/v1/responses',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ ...input.data, background: true }),
    authenticated: true,
    signal,
  })
  return isSuccess(answer) ? readStarted(answer.body) : submitFailure(answer, unauthorizedAdvice)
}

function readStarted(body: Buffer): SubmitAnswer {
  const read = readJson(body)
  const value = read.kind === 'json' ? read.value : null
  const work = readWork('response', value)
  if (work.kind === 'outcome') return { kind: 'answered', externalId: work.externalId, outcome: work.outcome }
  // A status that nobody knows is not the submit's business; the id is.
  const externalId = isRecord(value) ? readId(value.id) : null
  if (externalId !== null) return { kind: 'accepted', externalId }
  const message = 'the submit was answered with something that is not a response'
  return { kind: 'unclear', error: { code: 'ANSWER_UNREADABLE', message, retryable: true } }
}
