/**
 * Looks whether a file lies at an address: there, not empty, and not left over from before. Downloads none of it. Which
 * origins may be looked at is the way out's to say.
 */
import { type ArtifactBefore, ageOfArtifact } from '../core/artifact-before.ts'
import type { Outbound, OutboundAnswer } from '../outbound/outbound.ts'
import { type Advice, isMissing, isSuccess, unavailable } from './failed-request.ts'
import { isRecord, readJson } from './json-body.ts'
import type { Unavailable } from './provider.ts'

/** What is known of a file without reading it. */
export interface StoredFile {
  url: string
  bytes: number | null
  contentType: string | null
  etag: string | null
  lastModified: string | null
}

export interface FileQuestion {
  url: string
  method: 'HEAD' | 'GET'
  authenticated: boolean
  /** When the work was submitted, in milliseconds since 1970: what is older is the output of earlier work. */
  notBeforeMs: number
  /** What lay there before the submit; null: nobody looked. */
  before: ArtifactBefore | null
  /** The address carries the name of this one work: without any date, what lies there is its output. */
  isItsOwn: boolean
  advice: Advice
}

export type FileLook = { kind: 'found'; file: StoredFile } | { kind: 'missing' } | Unavailable

// 64 KiB: a store that does not know ranges sends the whole file; more than this proves enough.
const PEEK_BYTES = 64 * 1024
// Stores that answer a HEAD with these may answer a GET: signed for GET only, or no HEAD at all.
const UNTOLD =
  'a file lies there, but nothing says whether it is new: its storage gives no Last-Modified, and what lay there before is ' +
  'not known. Give each output a name of its own, or settle it by hand'
const worthAGet: ReadonlySet<number> = new Set([400, 403, 405, 501])

export async function lookAtFile(outbound: Outbound, question: FileQuestion, signal: AbortSignal): Promise<FileLook> {
  const { url, method, authenticated } = question
  if (method !== 'GET') {
    const answer = await outbound.request({ operation: 'artifact', method: 'HEAD', url, authenticated, signal })
    const length = isSuccess(answer) ? lengthOf(answer.headers['content-length']) : null
    if (isSuccess(answer) && length !== null) return judge(question, answer.headers, length)
    // Without a length nothing says that the file is not empty.
    const isUndecided = isSuccess(answer) || worthAGet.has(statusOf(answer))
    if (!isUndecided) return isMissing(answer) ? { kind: 'missing' } : withAdvice(answer, question.advice)
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
  if (answer.kind === 'fault' && answer.code === 'ANSWER_TOO_LARGE') return judge(question, {}, null)
  // 416: there is no first byte.
  if (isMissing(answer) || isMissingInDisguise(answer) || statusOf(answer) === 416) {
    return { kind: 'missing' }
  }
  if (!isSuccess(answer)) return withAdvice(answer, question.advice)
  const whole = /\/(\d+)$/.exec(answer.headers['content-range'] ?? '')?.[1]
  return judge(question, answer.headers, whole === undefined ? answer.body.length : Number(whole))
}

const nothingBefore: ArtifactBefore = { kind: 'absent' }

/** What lies there now, for the time when somebody asks whether it is new. */
export async function lookBefore(
  outbound: Outbound,
  where: Pick<FileQuestion, 'url' | 'method' | 'authenticated'>,
  signal: AbortSignal,
): Promise<ArtifactBefore> {
  // Everything is new: what is there is what is wanted.
  const question = { ...where, notBeforeMs: 0, before: nothingBefore, isItsOwn: true, advice: { unauthorized: '' } }
  const look = await lookAtFile(outbound, question, signal)
  if (look.kind === 'missing') return nothingBefore
  if (look.kind === 'unavailable') return { kind: 'unknown' }
  const { bytes, etag, lastModified } = look.file
  return { kind: 'present', bytes, etag, lastModified }
}

/** `bytes` null: more than a peek. */
function judge(
  { url, notBeforeMs, before, isItsOwn }: FileQuestion,
  headers: Record<string, string>,
  bytes: number | null,
): FileLook {
  if (bytes === 0) return { kind: 'missing' }
  const file = {
    url,
    bytes,
    contentType: headers['content-type'] ?? null,
    etag: headers.etag ?? null,
    lastModified: headers['last-modified'] ?? null,
  }
  switch (ageOfArtifact(file, before, { modifiedMs: timeOf(file.lastModified), submittedMs: notBeforeMs })) {
    case 'new':
      return { kind: 'found', file }
    case 'old':
      return { kind: 'missing' }
    default:
      return isItsOwn ? { kind: 'found', file } : { kind: 'unavailable', reason: UNTOLD }
  }
}

function timeOf(date: string | null): number | null {
  const ms = date === null ? Number.NaN : Date.parse(date)
  return Number.isNaN(ms) ? null : ms
}

/** Some stores answer 400 for what is missing, and say 404 inside. */
function isMissingInDisguise(answer: OutboundAnswer): boolean {
  if (answer.kind !== 'answer' || answer.status !== 400) return false
  const read = readJson(answer.body)
  return read.kind === 'json' && isRecord(read.value) && String(read.value.statusCode) === '404'
}

function withAdvice(answer: OutboundAnswer, advice: Advice): FileLook {
  if (answer.kind === 'fault' && answer.code === 'ORIGIN_NOT_ALLOWED') {
    return { kind: 'unavailable', reason: `${answer.message}; add it to the source's \`allow\`` }
  }
  if (statusOf(answer) === 403) {
    const reason = 'answered 403: not there yet for a key that may not list, or forbidden'
    return { kind: 'unavailable', reason, isFault: false }
  }
  return unavailable(answer, advice)
}

/** 0 where there is no answer. */
function statusOf(answer: OutboundAnswer): number {
  return answer.kind === 'answer' ? answer.status : 0
}

function lengthOf(header: string | undefined): number | null {
  return header !== undefined && /^\d+$/.test(header) ? Number(header) : null
}
