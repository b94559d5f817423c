/**
 * Looks whether an output lies at its address: there, not empty, and not left over from before. Downloads none of it.
 * The address is the expectation's own, else the source's; which origins may be looked at is the way out's to say.
 */
import type { Outbound, OutboundAnswer } from '../../outbound/outbound.ts'
import { isMissing, isSuccess, unavailable } from '../failed-request.ts'
import { isRecord, readJson } from '../json-body.ts'
import type { ArtifactAnswer, Expected } from '../provider.ts'
import { unauthorizedAdvice } from './check.ts'
import type { HttpArtifact } from './options.ts'
import { fillTemplate } from './url-template.ts'

/** What is known of the file without reading it. */
interface ArtifactOutput {
  url: string
  bytes: number | null
  contentType: string | null
  etag: string | null
  lastModified: string | null
}

// 64 KiB: a store that does not know ranges sends the whole file; more than this proves enough.
const PEEK_BYTES = 64 * 1024
// 60 s: two clocks, and a date without milliseconds.
const CLOCK_SKEW_MS = 60_000
// Stores that answer a HEAD with these may answer a GET: signed for GET only, or no HEAD at all.
const worthAGet: ReadonlySet<number> = new Set([400, 403, 405, 501])

export async function findArtifact(
  outbound: Outbound,
  artifact: HttpArtifact | undefined,
  expected: Expected,
  signal: AbortSignal,
): Promise<ArtifactAnswer> {
  const address = addressOf(artifact, expected)
  if (address.kind === 'lacking') return { kind: 'unavailable', reason: address.reason }
  const { url, authenticated } = address
  if (artifact?.method !== 'GET') {
    const answer = await outbound.request({ operation: 'artifact', method: 'HEAD', url, authenticated, signal })
    const length = isSuccess(answer) ? lengthOf(answer.headers['content-length']) : null
    if (isSuccess(answer) && length !== null) return judge(url, answer.headers, length, expected)
    // Without a length nothing says that the file is not empty.
    const isUndecided = isSuccess(answer) || worthAGet.has(statusOf(answer))
    if (!isUndecided) return isMissing(answer) ? { kind: 'missing' } : withAdvice(answer)
  }
  const answer = await outbound.request({
    operation: 'artifact',
    method: 'GET',
    url,
    headers: { range: 'bytes=0-0' },
    maxBytes: PEEK_BYTES,
    authenticated,
    signal,
  })
  if (answer.kind === 'fault' && answer.code === 'ANSWER_TOO_LARGE') return judge(url, {}, null, expected)
  // 416: there is no first byte.
  if (isMissing(answer) || isMissingInDisguise(answer) || statusOf(answer) === 416) {
    return { kind: 'missing' }
  }
  if (!isSuccess(answer)) return withAdvice(answer)
  const whole = /\/(\d+)$/.exec(answer.headers['content-range'] ?? '')?.[1]
  return judge(url, answer.headers, whole === undefined ? answer.body.length : Number(whole), expected)
}

/** `bytes` null: more than a peek. */
function judge(url: string, headers: Record<string, string>, bytes: number | null, expected: Expected): ArtifactAnswer {
  if (bytes === 0) return { kind: 'missing' }
  const lastModified = headers['last-modified'] ?? null
  const modifiedMs = lastModified === null ? Number.NaN : Date.parse(lastModified)
  // A name that repeats: this is the output of earlier work.
  if (modifiedMs < expected.submittedAtMs - CLOCK_SKEW_MS) return { kind: 'missing' }
  const output: ArtifactOutput = {
    url,
    bytes,
    contentType: headers['content-type'] ?? null,
    etag: headers.etag ?? null,
    lastModified,
  }
  return { kind: 'found', output }
}

type Address = { kind: 'url'; url: string; authenticated: boolean } | { kind: 'lacking'; reason: string }

function addressOf(artifact: HttpArtifact | undefined, expected: Expected): Address {
  // Registered by a caller, not configured: it gets no credentials.
  if (expected.artifactUrl !== null) return { kind: 'url', url: expected.artifactUrl, authenticated: false }
  if (artifact?.url === undefined) {
    return { kind: 'lacking', reason: 'neither the expectation nor the source says where the output will be' }
  }
  const filled = fillTemplate(artifact.url, expected)
  return filled.kind === 'url' ? { ...filled, authenticated: true } : filled
}

/** Some stores answer 400 for what is missing, and say 404 inside. */
function isMissingInDisguise(answer: OutboundAnswer): boolean {
  if (answer.kind !== 'answer' || answer.status !== 400) return false
  const read = readJson(answer.body)
  return read.kind === 'json' && isRecord(read.value) && String(read.value.statusCode) === '404'
}

function withAdvice(answer: OutboundAnswer): ArtifactAnswer {
  if (answer.kind === 'fault' && answer.code === 'ORIGIN_NOT_ALLOWED') {
    return { kind: 'unavailable', reason: `${answer.message}; add it to the source's \`allow\`` }
  }
  if (statusOf(answer) === 403) {
    return { kind: 'unavailable', reason: 'answered 403: not there yet for a key that may not list, or forbidden' }
  }
  const { reason } = unavailable(answer, unauthorizedAdvice)
  return { kind: 'unavailable', reason }
}

/** 0 where there is no answer. */
function statusOf(answer: OutboundAnswer): number {
  return answer.kind === 'answer' ? answer.status : 0
}

function lengthOf(header: string | undefined): number | null {
  return header !== undefined && /^\d+$/.test(header) ? Number(header) : null
}
