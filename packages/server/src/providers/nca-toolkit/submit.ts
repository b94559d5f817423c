/** Hands work to the toolkit: one JSON request. Tries once. Our id travels in `id`, the one thing that it echoes. */
import type { Outbound, OutboundAnswer } from '../../outbound/outbound.ts'
import { isSuccess, submitFailure } from '../failed-request.ts'
import { isRecord, type JsonRecord, readId, readJson } from '../json-body.ts'
import type { SubmitAnswer, SubmitRequest } from '../provider.ts'
import { readCode, readEnvelope, readFailure, recordIn } from './envelope.ts'
import { isOperation, routeOf } from './operations.ts'
import { type NcaOptions, unauthorizedAdvice } from './options.ts'
import { bodyOf } from './requests.ts'

// 310 s: where something on the way makes the call synchronous, the toolkit kills it after 300 s itself.
const SUBMIT_DEADLINE_MS = 310_000
// 15 s: what half of all jobs take; then the queue has most likely moved.
const QUEUE_FULL_MS = 15_000

export async function submitWork(
  outbound: Outbound,
  options: NcaOptions,
  request: SubmitRequest,
  signal: AbortSignal,
): Promise<SubmitAnswer> {
  const { operation, clientId, callbackUrl } = request
  if (!isOperation(operation)) return refuse('OPERATION_UNKNOWN', `the NCA Toolkit source cannot ${operation}`)
  const written = bodyOf(operation, request.input, options)
  if (written.kind === 'invalid') return refuse('INPUT_INVALID', `the input of ${operation}: ${written.reason}`)
  // Without the key the call would be synchronous; empty, the work is queued and nobody is called back.
  const webhook_url = options.callbacks && callbackUrl !== undefined ? callbackUrl : ''
  const answer = await outbound.request({
    operation,
    method: 'POST',
    url: routeOf(operation, options),
    headers: { accept: 'application/json', 'content-type': 'application/json' },
    body: JSON.stringify({ ...written.body, id: clientId, webhook_url }),
    deadlineMs: SUBMIT_DEADLINE_MS,
    authenticated: true,
    signal,
  })
  return isSuccess(answer) ? readSuccess(answer.status, answer.body) : readRefusal(answer)
}

function readSuccess(status: number, body: Buffer): SubmitAnswer {
  const envelope = envelopeIn(body)
  if (envelope === null) return unclear('ANSWER_UNREADABLE', 'the submit was answered with something that is not a job')
  const externalId = readId(envelope.job_id)
  // Null ids happen; our own id and the address find the work all the same.
  if (status === 202 || readCode(envelope.code) === 202 || isHandedToCloudRun(envelope)) {
    return { kind: 'accepted', externalId }
  }
  const reading = readEnvelope(envelope)
  if (reading.kind === 'outcome') return { kind: 'answered', externalId, outcome: reading.outcome }
  const why = reading.kind === 'unreadable' ? reading.reason : 'it says that the work goes on'
  return unclear('ANSWER_UNREADABLE', `the submit was answered ${status}, and what it means is not clear: ${why}`)
}

/** In Cloud Run mode a submit is answered 200 with an object for a message, and no response. */
function isHandedToCloudRun({ code, message, response }: JsonRecord): boolean {
  const isFine = code === undefined || code === null || readCode(code) === 200
  return isFine && isRecord(message) && (response === undefined || response === null)
}

function readRefusal(answer: OutboundAnswer): SubmitAnswer {
  const envelope = answer.kind === 'answer' ? envelopeIn(answer.body) : null
  if (answer.kind === 'answer' && envelope !== null) {
    // The queue's length is per process of the toolkit: the next try may meet a shorter one.
    if (answer.status === 429 && readId(envelope.job_id) !== null) {
      const { message } = readFailure(429, envelope)
      const error = { code: 'QUEUE_FULL', message, retryable: true }
      return { kind: 'refused', error, retryAfterMs: answer.retryAfterMs ?? QUEUE_FULL_MS }
    }
    // A call that ran to its end in here and failed: what refuses earlier has no job and no endpoint.
    const isFinal = typeof envelope.endpoint === 'string' && readId(envelope.job_id) !== null
    const reading = isFinal ? readEnvelope(envelope) : null
    if (reading?.kind === 'outcome' && reading.outcome.verdict === 'failed') {
      return { kind: 'answered', externalId: readId(envelope.job_id), outcome: reading.outcome }
    }
  }
  return submitFailure(answer, unauthorizedAdvice)
}

function envelopeIn(body: Buffer): JsonRecord | null {
  const read = readJson(body)
  return read.kind === 'json' ? recordIn(read.value) : null
}

function refuse(code: string, message: string): SubmitAnswer {
  return { kind: 'refused', error: { code, message, retryable: false } }
}

function unclear(code: string, message: string): SubmitAnswer {
  return { kind: 'unclear', error: { code, message, retryable: true } }
}
