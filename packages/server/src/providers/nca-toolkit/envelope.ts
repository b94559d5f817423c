/**
 * Reads the toolkit's final envelope. It comes as a callback, as the answer to a synchronous call, and inside a status
 * record; in all three, success is `code: 200` and nothing else.
 */
import { isId } from '../../core/id.ts'
import { isRecord, type JsonRecord, readId, unpack } from '../json-body.ts'
import type { Outcome, ProviderError } from '../provider.ts'
import { cleanMessage, readSaid } from '../provider-error.ts'
import { readOutput } from './outputs.ts'

export type EnvelopeReading =
  | { kind: 'outcome'; outcome: Outcome }
  | { kind: 'progress' }
  | { kind: 'unreadable'; reason: string }

export function readEnvelope(envelope: JsonRecord): EnvelopeReading {
  const code = readCode(envelope.code)
  if (code === null) return { kind: 'unreadable', reason: 'it has no code' }
  if (code === 202) return { kind: 'progress' }
  if (code >= 400 && code <= 599) {
    return { kind: 'outcome', outcome: { verdict: 'failed', error: readFailure(code, envelope) } }
  }
  if (code !== 200) return { kind: 'unreadable', reason: `the code ${code} is not known` }
  const output = readOutput(envelope.response)
  if (output === null) return { kind: 'unreadable', reason: 'the code is 200, and the response names no output' }
  return { kind: 'outcome', outcome: { verdict: 'succeeded', output } }
}

/**
 * The id to find the expectation by. Our own, where the toolkit echoes it: in Cloud Run mode its own is another than the
 * one that the submit was answered with. `id` is the caller's word, so it comes last where it is not ours.
 */
export function readIdOf(envelope: JsonRecord): string | null {
  const echoed = readId(envelope.id)
  if (echoed !== null && isId('expectation', echoed)) return echoed
  return readId(envelope.job_id) ?? echoed
}

/** A whole number, also as text; null for anything else. */
export function readCode(value: unknown): number | null {
  if (typeof value === 'number') return Number.isInteger(value) ? value : null
  return typeof value === 'string' && /^\d{3}$/.test(value.trim()) ? Number(value) : null
}

/** One object, also in a list of one or in a string. */
export function recordIn(value: unknown): JsonRecord | null {
  const inner = unpack(value)
  const only: unknown = Array.isArray(inner) && inner.length === 1 ? inner[0] : inner
  return isRecord(only) ? only : null
}

/** What FFmpeg and the toolkit's downloads say of inputs that will be as wrong the next time. */
const lastingFaults =
  /\b4(?:00|01|03|04|10) Client Error|Invalid data found when processing input|matches no streams|Unrecognized option|Unknown (?:encoder|decoder)|No such filter|Error parsing|Option .{1,60} not found|Unsupported/i

export function readFailure(code: number, envelope: JsonRecord): ProviderError {
  const message = readMessage(envelope) ?? 'the toolkit failed and did not say why'
  // 4xx: the request was wrong. 5xx is every exception there is: most of them are worth another of the bounded tries.
  const retryable = (code >= 500 || code === 408 || code === 429) && !lastingFaults.test(message)
  return { code: String(code), message, retryable }
}

/** A text, or an object: `{error}`, or what an exception happened to carry. */
function readMessage(envelope: JsonRecord): string | null {
  const said = readSaid(envelope.message).message ?? readSaid({ error: envelope.error }).message
  if (said !== null) return said
  const { message } = envelope
  return isRecord(message) && Object.keys(message).length > 0 ? cleanMessage(JSON.stringify(message)) : null
}
