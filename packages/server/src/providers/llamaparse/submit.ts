/** Hands a document to LlamaParse: one multipart upload, the file's bytes as they are. Tries once. */
import type { Multipart } from '../../outbound/multipart.ts'
import type { Outbound } from '../../outbound/outbound.ts'
import { isSuccess, submitFailure } from '../failed-request.ts'
import { isRecord, readJson } from '../json-body.ts'
import type { SubmitAnswer, SubmitRequest } from '../provider.ts'
import { isThin, readClaim, readJobId } from './claim.ts'
import { type LlamaParseOptions, unauthorizedAdvice } from './options.ts'

// 5 min: 100 MB over a slow line, and a provider that answers only when the upload is stored.
const UPLOAD_DEADLINE_MS = 300_000
// 64 MiB: the whole text of a book, should the provider answer at once.
const MAX_ANSWER_BYTES = 64 * 1024 * 1024
// Progress is not asked for: it says nothing that a check does not, and each one is a request to survive.
const events = ['parse.success', 'parse.partial_success', 'parse.error', 'parse.cancelled']

export async function submitDocument(
  outbound: Outbound,
  options: LlamaParseOptions,
  request: SubmitRequest,
  signal: AbortSignal,
): Promise<SubmitAnswer> {
  if (request.operation !== 'parse') return refuse('OPERATION_UNKNOWN', `LlamaParse cannot ${request.operation}`)
  if (request.file === undefined) return refuse('FILE_MISSING', 'there is no file to parse')
  const query = options.projectId === undefined ? '' : `?project_id=${encodeURIComponent(options.projectId)}`
  const answer = await outbound.request({
    operation: 'parse',
    method: 'POST',
    url: `${options.api === 'v1' ? '/api/v1/parsing/upload' : '/api/v2/parse/upload'}${query}`,
    body: formOf(options, request, request.file),
    headers: { accept: 'application/json' },
    deadlineMs: UPLOAD_DEADLINE_MS,
    maxBytes: MAX_ANSWER_BYTES,
    authenticated: true,
    signal,
  })
  return isSuccess(answer) ? readSubmitAnswer(answer.body) : submitFailure(answer, unauthorizedAdvice)
}

/** Of a success: what was taken, or at once done. */
function readSubmitAnswer(body: Buffer): SubmitAnswer {
  const read = readJson(body)
  const value: unknown = read.kind === 'json' ? read.value : null
  const root: unknown = Array.isArray(value) && value.length === 1 ? value[0] : value
  if (!isRecord(root)) return unclear('ANSWER_UNREADABLE', 'the upload was answered with something that is not a job')
  const claim = readClaim(root)
  if (claim.kind === 'outcome') {
    const { externalId, outcome } = claim
    // Done, but nothing names whose text to fetch.
    if (externalId === null && outcome.verdict === 'succeeded' && isThin(outcome.output)) {
      return unclear('ID_MISSING', 'the upload was answered with neither job id nor text')
    }
    return { kind: 'answered', externalId, outcome }
  }
  // A status that nobody knows is not the upload's business; the id is.
  const externalId = readJobId(root)
  // Without an id nobody can ask later: a callback, or a new attempt, must bring the end.
  if (externalId === null) return unclear('ID_MISSING', 'the upload was answered without a job id')
  return { kind: 'accepted', externalId }
}

function formOf(
  options: LlamaParseOptions,
  request: SubmitRequest,
  file: NonNullable<SubmitRequest['file']>,
): Multipart {
  return { fields: fieldsOf(options, request.callbackUrl), file: { name: 'file', ...file } }
}

function fieldsOf(options: LlamaParseOptions, callbackUrl: string | undefined): Record<string, string> {
  if (options.api !== 'v1') return { configuration: JSON.stringify(configurationOf(options, callbackUrl)) }
  return callbackUrl === undefined ? {} : { webhook_url: callbackUrl }
}

function configurationOf(options: LlamaParseOptions, callbackUrl: string | undefined): Record<string, unknown> {
  const { tier = 'cost_effective', version = 'latest', webhookSecret } = options
  if (callbackUrl === undefined) return { tier, version }
  const webhook = {
    webhook_url: callbackUrl,
    webhook_events: events,
    // The default is a JSON string with the JSON inside.
    webhook_output_format: 'json',
    ...(webhookSecret !== undefined && { webhook_signing_secret: webhookSecret }),
  }
  return { tier, version, webhook_configurations: [webhook] }
}

function refuse(code: string, message: string): SubmitAnswer {
  return { kind: 'refused', error: { code, message, retryable: false } }
}

function unclear(code: string, message: string): SubmitAnswer {
  return { kind: 'unclear', error: { code, message, retryable: true } }
}
