/**
 * Reads what LlamaParse claims about a job, from a callback, a status answer or a submit's answer: they share their
 * words. What no rule knows is unreadable, never a failure.
 */
import { isRecord, type JsonRecord, readId, unpack } from '../json-body.ts'
import type { Outcome, ProviderError, Reading } from '../provider.ts'
import { readSaid } from '../provider-error.ts'
import { findContent } from './content.ts'
import { readEventStanding, readStanding, type Standing } from './status-words.ts'

/** The output of `parse`: the text, or only whose text it is, to be collected. */
type ParseOutput = { markdown: string; partial?: true } | { ref: string | null; partial?: true }

/** Whether an output only names the work whose text is still to be collected. */
export function isThin(output: unknown): output is JsonRecord & { ref: unknown } {
  return isRecord(output) && !('markdown' in output) && 'ref' in output
}

export function readJobId(root: JsonRecord): string | null {
  const parts = partsOf(root)
  for (const name of ['job_id', 'jobId']) {
    // A null that is written down is the provider's own word: another field is not guessed in its place.
    const part = parts.find((each) => Object.hasOwn(each, name))
    if (part !== undefined) return readId(part[name])
  }
  // Beside `data`, or at the root of an event, `id` names the event.
  const isEnvelope = ['event_id', 'event_type', 'data'].some((name) => Object.hasOwn(root, name))
  const part = parts.find((each) => Object.hasOwn(each, 'id') && !(isEnvelope && each === root))
  return part === undefined ? null : readId(part.id)
}

/** `eventType`: what the header says, for bodies that do not say it themselves. */
export function readClaim(root: JsonRecord, eventType: string | null = null): Reading {
  const parts = partsOf(root)
  const externalId = readJobId(root)
  const event = textOf(root.event_type) ?? textOf(root.event) ?? eventType
  const word = firstWord(parts, ['status', 'job_status', 'state'])
  const byEvent = event === null ? null : readEventStanding(event)
  const byWord = word === null ? null : readStanding(word)

  if (event !== null && isForeign(event)) return unreadable(`the event ${quote(event)} is not about parsing`)
  if (byEvent === null && event !== null && byWord === null) return unreadable(`the event ${quote(event)} is not known`)
  if (byEvent === null && word !== null && byWord === null) return unreadable(`the status ${quote(word)} is not known`)
  if (byEvent !== null && byWord !== null && !agree(byEvent, byWord)) {
    return unreadable(`the event ${quote(event ?? '')} and the status ${quote(word ?? '')} contradict each other`)
  }

  const content = contentOf(parts)
  // Old callbacks have no status at all: whoever delivers the text has succeeded.
  const standing = byWord ?? byEvent ?? (content === null ? null : 'succeeded')
  if (standing === null) return unreadable('neither a status, nor an event, nor content that is known')
  if (standing === 'progress') return { kind: 'progress', externalId }
  const providerTime = readTime(root.timestamp)
  const outcome: Outcome =
    standing === 'failed' || standing === 'cancelled'
      ? { verdict: 'failed', error: readFailure(parts, standing) }
      : { verdict: 'succeeded', output: outputOf(content, externalId, standing) }
  const needsExternalId = externalId === null && outcome.verdict === 'succeeded' && isThin(outcome.output)
  return {
    kind: 'outcome',
    externalId,
    outcome: providerTime === null ? outcome : { ...outcome, providerTime },
    ...(needsExternalId && { needsExternalId }),
  }
}

/** The objects that may speak of the job, the closest to it first. */
function partsOf(root: JsonRecord): JsonRecord[] {
  const data = unpackOne(root.data)
  const result = unpackOne(root.result)
  return [data && unpackOne(data.job), data, unpackOne(root.job), root, result].filter((part) => part !== null)
}

function unpackOne(value: unknown): JsonRecord | null {
  const inner = unpack(value)
  const only: unknown = Array.isArray(inner) && inner.length === 1 ? inner[0] : inner
  return isRecord(only) ? only : null
}

function contentOf(parts: readonly JsonRecord[]): string | null {
  let found: string | null = null
  for (const part of parts) {
    const content = findContent(part)
    if (content !== null && content !== '') return content
    found ??= content
  }
  return found
}

function outputOf(content: string | null, externalId: string | null, standing: Standing): ParseOutput {
  const partial = standing === 'partial' ? { partial: true as const } : {}
  return content === null ? { ref: externalId, ...partial } : { markdown: content, ...partial }
}

/** The document's own faults, by the provider's code: doing the same again changes nothing. */
const lastingCodes =
  /PASSWORD|ENCRYPT|BROKEN|CORRUPT|DAMAGED|TRUNCATED|UNSUPPORTED|INVALID|MALFORMED|EMPTY|NO_DATA|NOT_FOUND|TOO_LARGE|TOO_MANY|EXCEEDED/i

function readFailure(parts: readonly JsonRecord[], standing: 'failed' | 'cancelled'): ProviderError {
  const said = parts.map(readSaid)
  const message = said.find((each) => each.message !== null)?.message ?? null
  // The status answers put the code before the message: `PDF_ENCRYPTED: the file needs a password`.
  const leading = /^([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+): /.exec(message ?? '')?.[1] ?? null
  const code = said.find((each) => each.code !== null)?.code ?? leading
  if (standing === 'cancelled') {
    return { code: code ?? 'CANCELLED', message: message ?? 'the job was cancelled at LlamaParse', retryable: false }
  }
  return {
    code: code ?? 'PARSE_FAILED',
    message: message ?? 'LlamaParse failed and did not say why',
    // Without a code nothing says that it is the document's fault; the attempts are bounded.
    retryable: code === null || !lastingCodes.test(code),
  }
}

function agree(one: Standing, other: Standing): boolean {
  return verdictOf(one) === verdictOf(other)
}

function verdictOf(standing: Standing): 'succeeded' | 'failed' | 'progress' {
  if (standing === 'partial') return 'succeeded'
  return standing === 'cancelled' ? 'failed' : standing
}

function isForeign(event: string): boolean {
  return event.includes('.') && !/^parse\./i.test(event.trim())
}

/** Anything but nothing counts: a status that is a number is one that nobody knows, not one that is missing. */
function firstWord(parts: readonly JsonRecord[], names: readonly string[]): string | null {
  for (const part of parts) {
    for (const name of names) {
      const word = part[name] ?? ''
      if (word !== '') return typeof word === 'string' ? word : JSON.stringify(word)
    }
  }
  return null
}

/** Seconds since 1970, as a number with a fraction; milliseconds and ISO dates are understood too. */
function readTime(value: unknown): string | null {
  // 1e11: as seconds the year 5138, as milliseconds 1973; no event is from either.
  const ms = typeof value === 'number' ? (value < 1e11 ? value * 1000 : value) : Date.parse(textOf(value) ?? '')
  const time = new Date(ms)
  return Number.isNaN(time.getTime()) ? null : time.toISOString()
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value : null
}

/** As JSON and cut: the words come from outside. */
function quote(word: string): string {
  return JSON.stringify(word.slice(0, 60))
}

function unreadable(reason: string): Reading {
  return { kind: 'unreadable', reason }
}
