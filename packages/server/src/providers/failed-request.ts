/**
 * What a request without success means, for every provider alike: whether a submit surely did not take the work, and why
 * a question has no answer. The one place where statuses and faults become claims.
 */

import { classifyFaultCode, retryableFault } from '../outbound/fault-class.ts'
import type { OutboundAnswer } from '../outbound/outbound.ts'
import { classifyStatus } from '../outbound/status-class.ts'
import type { SubmitAnswer, Unavailable } from './provider.ts'
import { readErrorBody } from './provider-error.ts'

type Fault = Extract<OutboundAnswer, { kind: 'fault' }>
type Answer = Extract<OutboundAnswer, { kind: 'answer' }>

/** What the reader of a refusal should look at; each provider knows its own. */
export interface Advice {
  /** For 401 and 403. */
  unauthorized: string
}

// 5 s where a provider says "too fast" and not how long: longer than most windows of a rate limit.
const THROTTLED_MS = 5_000

/** `answer` must not be a success. */
export function submitFailure(answer: OutboundAnswer, advice: Advice): SubmitAnswer {
  if (answer.kind === 'fault') return faultOfSubmit(answer)
  const { status, retryAfterMs } = answer
  const said = readErrorBody(answer.body)
  const code = said.code ?? `HTTP_${status}`
  const message = said.message ?? `answered ${status} without a reason`
  switch (classifyStatus(status)) {
    case 'throttled':
      return { kind: 'refused', error: { code, message, retryable: true }, retryAfterMs: retryAfterMs ?? THROTTLED_MS }
    case 'failing':
      // With Retry-After it was turned away at the door. Without, a gateway may speak for a service that took the work.
      if (status === 503 && retryAfterMs !== null) {
        return { kind: 'refused', error: { code, message, retryable: true }, retryAfterMs }
      }
      return { kind: 'unclear', error: { code, message, retryable: true } }
    case 'unauthorized':
      return { kind: 'refused', error: { code, message: `${message}. ${advice.unauthorized}`, retryable: false } }
    case 'redirect': {
      const error = { code, message: `${message}: the API is elsewhere; correct \`baseUrl\``, retryable: false }
      // 303 may point to the work that was just taken.
      return status === 303 ? { kind: 'unclear', error } : { kind: 'refused', error }
    }
    case 'success':
      return { kind: 'unclear', error: { code: 'ANSWER_UNREADABLE', message, retryable: true } }
    case 'missing':
    case 'rejected':
      return { kind: 'refused', error: { code, message, retryable: false } }
  }
}

/** Why a question about the work has no answer now, in one line. */
export function unavailable(answer: OutboundAnswer, advice: Advice): Unavailable {
  const retryAfterMs = answer.retryAfterMs ?? null
  return {
    kind: 'unavailable',
    reason: answer.kind === 'fault' ? answer.message : describeAnswer(answer, advice),
    ...(retryAfterMs !== null && { retryAfterMs }),
    ...speaksOf(answer),
  }
}

/** Whether it says anything about the other side's health, and what. */
function speaksOf(answer: OutboundAnswer): { isFault?: boolean } {
  if (answer.kind === 'answer') return { isFault: classifyStatus(answer.status) === 'failing' }
  const faultClass = classifyFaultCode(answer.code)
  if (faultClass === 'failing') return { isFault: true }
  return faultClass === 'answered' ? { isFault: false } : {}
}

export function isMissing(answer: OutboundAnswer): boolean {
  return answer.kind === 'answer' && classifyStatus(answer.status) === 'missing'
}

export function isSuccess(answer: OutboundAnswer): answer is Answer {
  return answer.kind === 'answer' && classifyStatus(answer.status) === 'success'
}

function faultOfSubmit({ sent, code, message, retryAfterMs }: Fault): SubmitAnswer {
  if (sent) return { kind: 'unclear', error: { code, message, retryable: true } }
  const error = { code, message, retryable: retryableFault(code) }
  return retryAfterMs === undefined ? { kind: 'refused', error } : { kind: 'refused', error, retryAfterMs }
}

function describeAnswer(answer: Answer, advice: Advice): string {
  const { message } = readErrorBody(answer.body)
  const said = message === null ? `answered ${answer.status}` : `answered ${answer.status}: ${message}`
  return classifyStatus(answer.status) === 'unauthorized' ? `${said}. ${advice.unauthorized}` : said
}
