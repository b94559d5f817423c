/** Hands work to an API as the source describes the request. Tries once. */

import { resolvePointer } from '../../core/json-pointer.ts'
import type { Outbound } from '../../outbound/outbound.ts'
import { isSuccess, submitFailure } from '../failed-request.ts'
import { readId, readJson } from '../json-body.ts'
import type { SubmitAnswer, SubmitRequest } from '../provider.ts'
import { fillBody } from './body-template.ts'
import { unauthorizedAdvice } from './check.ts'
import { fillText, textOf } from './placeholder.ts'
import { readClaim } from './read.ts'
import type { HttpSubmit } from './submit-options.ts'
import { fillUrl } from './url-template.ts'

export async function submitWork(
  outbound: Outbound,
  submit: HttpSubmit | undefined,
  request: SubmitRequest,
  signal: AbortSignal,
): Promise<SubmitAnswer> {
  if (submit === undefined) {
    const reason = `the source does not say how ${request.operation} is handed in: add it to \`submits\`, or a \`submit\` for all`
    return refuse('OPERATION_UNKNOWN', reason)
  }
  if (request.file !== undefined) return refuse('INPUT_INVALID', 'this source hands in JSON, and the work is a file')
  const url = fillUrl(submit.url, (name) => textOf(name, request))
  if (url.kind === 'lacking') return refuse('INPUT_INVALID', `the address of the submit: ${url.reason}`)
  const headers: Record<string, string> = { accept: 'application/json' }
  if (submit.body !== undefined) headers['content-type'] = 'application/json'
  for (const [name, text] of Object.entries(submit.headers)) {
    const filled = fillText(text, request)
    if (filled.kind === 'lacking') return refuse('INPUT_INVALID', `the header ${name}: ${filled.reason}`)
    if (filled.value !== undefined) headers[name.toLowerCase()] = String(filled.value)
  }
  const body = fillBody(submit.body, request)
  if (body.kind === 'lacking') return refuse('INPUT_INVALID', `the body of the submit: ${body.reason}`)
  const answer = await outbound.request({
    operation: request.operation,
    method: submit.method,
    url: url.url,
    headers,
    ...(body.value !== undefined && { body: JSON.stringify(body.value) }),
    authenticated: true,
    signal,
  })
  if (!isSuccess(answer)) return submitFailure(answer, unauthorizedAdvice)
  if (submit.accepted === undefined || submit.accepted.includes(answer.status)) return readAnswer(answer.body, submit)
  const message = `answered ${answer.status}, which is none of \`accepted\` (${submit.accepted.join(', ')})`
  return { kind: 'unclear', error: { code: `HTTP_${answer.status}`, message, retryable: true } }
}

/** That the status says the work was taken is enough: a callback's address proves whose it is, also without an id. */
function readAnswer(body: Buffer, submit: HttpSubmit): SubmitAnswer {
  const read = readJson(body)
  const externalId =
    read.kind === 'json' && submit.externalId !== undefined
      ? readId(resolvePointer(read.value, submit.externalId))
      : null
  const isToldAtOnce = submit.status !== undefined || submit.output !== undefined
  const claim = isToldAtOnce ? readClaim(body, submit) : null
  return claim?.kind === 'outcome'
    ? { kind: 'answered', externalId, outcome: claim.outcome }
    : { kind: 'accepted', externalId }
}

function refuse(code: string, message: string): SubmitAnswer {
  return { kind: 'refused', error: { code, message, retryable: false } }
}
