/** Asks LlamaParse itself: how a job stands, and for its text. The way in when no callback comes, or a thin one. */
import type { Outbound, OutboundAnswer } from '../../outbound/outbound.ts'
import { isMissing, isSuccess, unavailable } from '../failed-request.ts'
import { isRecord, type JsonRecord, readId, readJson } from '../json-body.ts'
import { pathSegment } from '../path-segment.ts'
import type { ArtifactAnswer, CheckAnswer, CollectAnswer, Expected, ListAnswer } from '../provider.ts'
import { isThin, readClaim } from './claim.ts'
import { findContent } from './content.ts'
import { type LlamaParseOptions, unauthorizedAdvice } from './options.ts'

// 64 MiB: the whole text of a book.
const MAX_RESULT_BYTES = 64 * 1024 * 1024

const noId = 'the job id is not known: the upload never told it, and no callback named it'

export function createRecovery(outbound: Outbound, options: LlamaParseOptions) {
  const root = options.api === 'v1' ? '/api/v1/parsing/job' : '/api/v2/parse'

  function ask(operation: string, path: string, signal: AbortSignal): Promise<OutboundAnswer> {
    const headers = { accept: 'application/json' }
    const maxBytes = MAX_RESULT_BYTES
    return outbound.request({ operation, method: 'GET', url: path, headers, maxBytes, authenticated: true, signal })
  }

  function resultPath(id: string): string {
    if (options.api === 'v1') return `${root}/${id}/result/markdown`
    // The fast tier makes no Markdown.
    return `${root}/${id}?expand=${options.tier === 'fast' ? 'text' : 'markdown'}`
  }

  async function check(expected: Expected, signal: AbortSignal): Promise<CheckAnswer> {
    const id = segmentOf(expected.externalId)
    if (id === null) return { kind: 'unavailable', reason: noId }
    const answer = await ask('check', `${root}/${id}`, signal)
    if (isMissing(answer)) return { kind: 'missing' }
    if (!isSuccess(answer)) return unavailable(answer, unauthorizedAdvice)
    const body = recordOf(answer.body)
    if (body === null)
      return { kind: 'unavailable', reason: 'the status was answered with something that is not a job' }
    return readStatus(body, expected)
  }

  /** Only v2 lists jobs by their ids. */
  async function list(expected: readonly Expected[], signal: AbortSignal): Promise<ListAnswer> {
    const ids = expected.flatMap(({ externalId }) => (externalId === null ? [] : [externalId]))
    const query = new URLSearchParams(ids.map((id): [string, string] => ['job_ids', id]))
    query.set('page_size', String(ids.length))
    const answer = await ask('list', `${root}?${query}`, signal)
    if (!isSuccess(answer)) return unavailable(answer, unauthorizedAdvice)
    const items = recordOf(answer.body)?.items
    if (!Array.isArray(items)) return { kind: 'unavailable', reason: 'the list of jobs was answered in no known shape' }
    const jobs = new Map(items.filter(isRecord).map((item) => [readId(item.id), item]))
    const answers = expected.flatMap((each): [string, CheckAnswer][] => {
      const job = each.externalId === null ? undefined : jobs.get(each.externalId)
      return job === undefined ? [] : [[each.id, readStatus(job, each)]]
    })
    return { kind: 'listed', answers: new Map(answers) }
  }

  /** The text itself, whatever the status says. Nothing yet and never are the same here. */
  async function artifact(expected: Expected, signal: AbortSignal): Promise<ArtifactAnswer> {
    const id = segmentOf(expected.externalId)
    if (id === null) return { kind: 'unavailable', reason: noId }
    const read = await readResult(id, 'artifact', signal)
    switch (read.kind) {
      case 'text':
        return { kind: 'found', output: { markdown: read.markdown } }
      case 'missing':
        return { kind: 'missing' }
      case 'unavailable':
        return { kind: 'unavailable', reason: read.reason }
    }
  }

  async function collect(expected: Expected, output: unknown, signal: AbortSignal): Promise<CollectAnswer> {
    if (isRecord(output) && typeof output.markdown === 'string') return { kind: 'collected', output }
    const ref = isRecord(output) ? readId(output.ref) : null
    const id = segmentOf(ref ?? expected.externalId)
    if (id === null) return { kind: 'missing', reason: noId }
    const read = await readResult(id, 'collect', signal)
    if (read.kind !== 'text') return read
    const partial = isRecord(output) && output.partial === true ? { partial: true } : {}
    return { kind: 'collected', output: { markdown: read.markdown, ...partial } }
  }

  type ResultReading =
    | { kind: 'text'; markdown: string }
    | { kind: 'missing'; reason: string }
    | { kind: 'unavailable'; reason: string; retryAfterMs?: number }

  async function readResult(id: string, operation: string, signal: AbortSignal): Promise<ResultReading> {
    const answer = await ask(operation, resultPath(id), signal)
    if (isMissing(answer))
      return { kind: 'missing', reason: 'LlamaParse has no result by this id: not yet, or no longer' }
    // v1 says 400 while the job is not done.
    if (answer.kind === 'answer' && options.api === 'v1' && (answer.status === 400 || answer.status === 202)) {
      return { kind: 'missing', reason: 'the result is not there yet' }
    }
    if (!isSuccess(answer)) return unavailable(answer, unauthorizedAdvice)
    const body = recordOf(answer.body)
    if (body === null) return { kind: 'unavailable', reason: 'the result was answered in a shape that is not known' }
    return options.api === 'v1' ? readV1(body) : readV2(body)
  }

  return { check, artifact, collect, ...(options.api === 'v2' && { list }) }
}

/** What a job says of itself, asked about alone or in a list. */
function readStatus(job: JsonRecord, expected: Expected): CheckAnswer {
  const claim = readClaim(job)
  if (claim.kind === 'unreadable') return { kind: 'unavailable', reason: `the status cannot be read: ${claim.reason}` }
  if (claim.externalId !== null && claim.externalId !== expected.externalId) {
    return { kind: 'unavailable', reason: 'the status that was answered is about another job' }
  }
  if (claim.kind === 'progress') return { kind: 'pending' }
  const { outcome } = claim
  if (outcome.verdict === 'failed' || !isThin(outcome.output)) return { kind: 'outcome', outcome }
  return { kind: 'outcome', outcome: { ...outcome, output: { ...outcome.output, ref: expected.externalId } } }
}

/** v1 answers with the text only when there is one. */
function readV1(body: JsonRecord): { kind: 'text'; markdown: string } | { kind: 'unavailable'; reason: string } {
  const markdown = findContent(body)
  return markdown === null ? { kind: 'unavailable', reason: 'the result has no text' } : { kind: 'text', markdown }
}

/** v2 answers with the job and, once it is done, the text. */
function readV2(
  body: JsonRecord,
): { kind: 'text'; markdown: string } | { kind: 'missing' | 'unavailable'; reason: string } {
  const claim = readClaim(body)
  if (claim.kind === 'unreadable') return { kind: 'unavailable', reason: `the result cannot be read: ${claim.reason}` }
  if (claim.kind === 'progress') return { kind: 'missing', reason: 'the result is not there yet' }
  if (claim.outcome.verdict === 'failed') {
    return { kind: 'missing', reason: `there is no result: ${claim.outcome.error.message}` }
  }
  const markdown = findContent(body)
  return markdown === null
    ? { kind: 'unavailable', reason: 'the job is done, its text is not there' }
    : { kind: 'text', markdown }
}

function segmentOf(id: string | null): string | null {
  return id === null ? null : pathSegment(id)
}

function recordOf(body: Buffer): JsonRecord | null {
  const read = readJson(body)
  return read.kind === 'json' && isRecord(read.value) ? read.value : null
}
