/** What an endpoint's answer means for a delivery. Pure; sends nothing and waits for nothing. */
import type { DeliveryAnswer } from '../../core/delivery.ts'
import { redactText } from '../../core/redact.ts'
import type { OutboundAnswer } from '../../outbound/outbound.ts'

// 200: enough for a sentence, too little for somebody else's data to gather in our table.
const WORDS = 200
// Redacted before it is cut, since half a secret does not look like one.
const READ_BYTES = 4_096

/** Faults that stay until somebody changes the configuration: the endpoint has no part in them. */
const oursToMend: ReadonlySet<string> = new Set([
  'URL_INVALID',
  'ADDRESS_BLOCKED',
  'ORIGIN_NOT_ALLOWED',
  'REQUEST_INVALID',
  'REDIRECT_BLOCKED',
  'TOO_MANY_REDIRECTS',
])

export interface Circumstances {
  sink: string
  /** What the schedule would wait now. An endpoint that asks for less does not use the tries up. */
  waitMs: number
  /** What must not be repeated, wherever the endpoint repeats it. */
  secrets: readonly string[]
}

export function readAnswer(answer: OutboundAnswer, circumstances: Circumstances): DeliveryAnswer {
  if (answer.kind === 'fault') return readFault(answer, circumstances)
  const { status, retryAfterMs } = answer
  if (status >= 200 && status < 300) return { kind: 'delivered', receipt: { status } }
  const said = wordsOf(answer.body, circumstances.secrets)
  const message = `The endpoint answered ${status}${said === '' ? '' : `: ${said}`}`
  const error = { code: `HTTP_${status}`, message, retryable: true }
  if (status === 410) {
    const remedy = `it is gone for good. Correct \`sinks.${circumstances.sink}.url\`, then send the delivery again`
    return {
      kind: 'rejected',
      error: { ...error, message: `The endpoint answered 410: ${remedy}`, retryable: false },
    }
  }
  if (status >= 300 && status < 400) {
    const remedy = `it is elsewhere. Set \`sinks.${circumstances.sink}.url\` to the address it redirects to`
    return { kind: 'retry', error: { ...error, message: `The endpoint answered ${status}: ${remedy}` } }
  }
  const isFault = status >= 500
  const afterMs =
    (status === 429 || status === 503) && retryAfterMs !== null ? Math.max(retryAfterMs, circumstances.waitMs) : null
  return { kind: 'retry', error, ...(afterMs !== null && { afterMs }), ...(isFault && { isFault }) }
}

function readFault(
  { code, message }: Extract<OutboundAnswer, { kind: 'fault' }>,
  { sink }: Circumstances,
): DeliveryAnswer {
  // Not the endpoint's doing: whoever goes on with the work tries it at once.
  if (code === 'ABORTED' || code === 'CLOSED') return { kind: 'later', afterMs: 0, reason: message }
  const remedy = code === 'ADDRESS_BLOCKED' ? `; where it is meant to, set \`sinks.${sink}.allowPrivate: true\`` : ''
  const error = { code, message: `${message}${remedy}`, retryable: true }
  return oursToMend.has(code) ? { kind: 'retry', error } : { kind: 'retry', error, isFault: true }
}

function wordsOf(body: Buffer, secrets: readonly string[]): string {
  const text = body.subarray(0, READ_BYTES).toString('utf8')
  const known = secrets.reduce((clean, secret) => clean.replaceAll(secret, '[redacted]'), text)
  const line = redactText(known).replace(/\s+/g, ' ').trim()
  return Buffer.from(line, 'utf8')
    .subarray(0, WORDS)
    .toString('utf8')
    .replace(/\ufffd+$/, '')
}
