/** Hands sound to ElevenLabs, as a file or by its address: one form. Tries once. */
import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Outbound, OutboundRequest } from '../../outbound/outbound.ts'
import { isSuccess, submitFailure } from '../failed-request.ts'
import { isRecord, readId, readJson } from '../json-body.ts'
import type { SubmitAnswer, SubmitRequest } from '../provider.ts'
import { MAX_TRANSCRIPT_BYTES } from './check.ts'
import { type ElevenLabsOptions, unauthorizedAdvice } from './options.ts'
import { OUR_ID, outputOf } from './transcript.ts'

// 5 min: an upload of 100 MB over a slow line; or, where nobody is called back, the whole work.
const SUBMIT_DEADLINE_MS = 300_000

const value = z.union([z.string(), z.number(), z.boolean(), z.array(z.unknown()), z.record(z.string(), z.unknown())])

/** In the API's own words, which become the fields of its form. */
const audioInput = z.record(z.string().regex(/^[a-z_]+$/, { error: 'the name of a field' }), value).nullish()

/** Who is told, and whose work it is, is ours to say. */
const ours: ReadonlySet<string> = new Set(['webhook', 'webhook_id', 'webhook_metadata', 'file'])

export async function submitAudio(
  outbound: Outbound,
  options: ElevenLabsOptions,
  request: SubmitRequest,
  signal: AbortSignal,
): Promise<SubmitAnswer> {
  const { operation, file } = request
  if (operation !== 'transcribe') return refuse('OPERATION_UNKNOWN', `the ElevenLabs source cannot ${operation}`)
  const input = audioInput.safeParse(request.input)
  if (!input.success) {
    const faults = input.error.issues.map(({ path, message }) => `\`${path.join('.') || 'input'}\`: ${message}`)
    return refuse('INPUT_INVALID', faults.join('; '))
  }
  const written = Object.entries(input.data ?? {}).filter(([name]) => !ours.has(name))
  if ((file === undefined) !== written.some(([name]) => name === 'cloud_storage_url')) {
    return refuse('INPUT_INVALID', 'give either a file or its address in `cloud_storage_url`')
  }
  const fields: Record<string, string> = { model_id: options.model }
  for (const [name, each] of written) fields[name] = typeof each === 'string' ? each : JSON.stringify(each)
  Object.assign(fields, webhookFields(options, request))
  const answer = await outbound.request({
    operation,
    method: 'POST',
    url: '/v1/speech-to-text',
    ...(file === undefined
      ? formOf(fields)
      : { body: { fields, file: { name: 'file', ...file } }, headers: { accept: 'application/json' } }),
    deadlineMs: SUBMIT_DEADLINE_MS,
    maxBytes: MAX_TRANSCRIPT_BYTES,
    authenticated: true,
    signal,
  })
  return isSuccess(answer) ? readTaken(answer.body) : submitFailure(answer, unauthorizedAdvice)
}

/** Without an address of ours the work is answered at once. The address itself is known to the workspace, not told here. */
function webhookFields({ webhookId }: ElevenLabsOptions, { callbackUrl, clientId }: SubmitRequest) {
  if (callbackUrl === undefined) return {}
  const webhook_metadata = JSON.stringify({ [OUR_ID]: clientId })
  return { webhook: 'true', webhook_metadata, ...(webhookId !== undefined && { webhook_id: webhookId }) }
}

/** A form without a file; names are plain words, and values cannot contain the boundary. */
function formOf(fields: Readonly<Record<string, string>>): Pick<OutboundRequest, 'headers' | 'body'> {
  const boundary = `becket-${randomUUID()}`
  const parts = Object.entries(fields).map(
    ([name, each]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${each}\r\n`,
  )
  return {
    headers: { accept: 'application/json', 'content-type': `multipart/form-data; boundary=${boundary}` },
    body: `${parts.join('')}--${boundary}--\r\n`,
  }
}

function readTaken(body: Buffer): SubmitAnswer {
  const read = readJson(body)
  const taken = read.kind === 'json' && isRecord(read.value) ? read.value : null
  const output = taken === null ? null : outputOf(taken)
  if (output !== null) {
    return { kind: 'answered', externalId: output.ref, outcome: { verdict: 'succeeded', output } }
  }
  const externalId = taken === null ? null : (readId(taken.transcription_id) ?? readId(taken.request_id))
  if (externalId !== null) return { kind: 'accepted', externalId }
  const message = 'the submit was answered with neither a transcript nor an id'
  return { kind: 'unclear', error: { code: 'ANSWER_UNREADABLE', message, retryable: true } }
}

function refuse(code: string, message: string): SubmitAnswer {
  return { kind: 'refused', error: { code, message, retryable: false } }
}
