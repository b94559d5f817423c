/** Asks the toolkit itself how a job stands, and looks for its output in storage: the ways in when no callback comes. */

import type { ArtifactBefore } from '../../core/artifact-before.ts'
import { isId } from '../../core/id.ts'
import type { Outbound } from '../../outbound/outbound.ts'
import { isMissing, isSuccess, unavailable } from '../failed-request.ts'
import { type JsonRecord, readId, readJson } from '../json-body.ts'
import { pathSegment } from '../path-segment.ts'
import type { ArtifactAnswer, CheckAnswer, Expected, ListAnswer } from '../provider.ts'
import { lookAtFile, lookBefore } from '../stored-file.ts'
import { readCode, readEnvelope, recordIn } from './envelope.ts'
import { isOperation, outputNameOf } from './operations.ts'
import { type NcaOptions, unauthorizedAdvice } from './options.ts'
import type { NcaOutput } from './outputs.ts'

// An hour: of what runs for longer, there is seldom so much that a list would save anything.
const LISTED_MS = 3_600_000
// A minute: the toolkit's clock may run behind.
const SKEW_MS = 60_000

export function createRecovery(outbound: Outbound, options: NcaOptions) {
  async function check(expected: Expected, signal: AbortSignal): Promise<CheckAnswer> {
    const { externalId } = expected
    // Nothing to ask by: the answer to the submit named no job.
    if (externalId === null) return { kind: 'missing' }
    const answer = await outbound.request({
      operation: 'check',
      method: 'POST',
      url: '/v1/toolkit/job/status',
      headers: { accept: 'application/json', 'content-type': 'application/json' },
      body: JSON.stringify({ job_id: externalId }),
      authenticated: true,
      signal,
    })
    // Records of jobs are files that a new container does not have: not found is no failure.
    if (isMissing(answer)) return { kind: 'missing' }
    // 500 as well: a record is rewritten in place, and may be read half.
    if (!isSuccess(answer)) return unavailable(answer, unauthorizedAdvice)
    const read = readJson(answer.body)
    const outer = read.kind === 'json' ? recordIn(read.value) : null
    return outer === null ? unreadable('it is not one object') : readStatus(outer, expected)
  }

  /**
   * What is still under way, of all that was handed in lately: how something ended is not in the list, and is asked for
   * alone. The toolkit reads the record of every job to answer, so it is not asked about long ago.
   */
  async function list(expected: readonly Expected[], signal: AbortSignal): Promise<ListAnswer> {
    const nowMs = Date.now()
    const oldestMs = Math.max(nowMs - LISTED_MS, Math.min(...expected.map(({ submittedAtMs }) => submittedAtMs)))
    const answer = await outbound.request({
      operation: 'list',
      method: 'POST',
      url: '/v1/toolkit/jobs/status',
      headers: { accept: 'application/json', 'content-type': 'application/json' },
      body: JSON.stringify({ since_seconds: Math.ceil((nowMs - oldestMs + SKEW_MS) / 1000) }),
      authenticated: true,
      signal,
    })
    if (!isSuccess(answer)) return unavailable(answer, unauthorizedAdvice)
    const read = readJson(answer.body)
    const outer = read.kind === 'json' ? recordIn(read.value) : null
    const words = outer === null || readCode(outer.code) !== 200 ? null : recordIn(outer.response)
    if (words === null) return { kind: 'unavailable', reason: 'the list of jobs was answered in no known shape' }
    const answers = expected.flatMap(({ id, externalId }): [string, CheckAnswer][] => {
      const word = externalId !== null && Object.hasOwn(words, externalId) ? words[externalId] : null
      return typeof word === 'string' && isUnderWay(word) ? [[id, { kind: 'pending' }]] : []
    })
    return { kind: 'listed', answers: new Map(answers) }
  }

  async function artifact(expected: Expected, signal: AbortSignal): Promise<ArtifactAnswer> {
    const address = addressOf(expected)
    if (address.kind === 'lacking') return { kind: 'unavailable', reason: address.reason }
    const { url } = address
    const look = await lookAtFile(
      outbound,
      // Outputs are public; the key is the toolkit's alone.
      {
        url,
        method: 'HEAD',
        authenticated: false,
        notBeforeMs: expected.submittedAtMs,
        before: expected.artifactBefore,
        // Without an address from the caller the output is named by the job id, which is new each time.
        isItsOwn: expected.artifactUrl === null,
        advice: unauthorizedAdvice,
      },
      signal,
    )
    if (look.kind !== 'found') return look
    const output: NcaOutput = { urls: [url], raw: look.file }
    return { kind: 'found', output }
  }

  /** An output that is named by its job id cannot lie there before there is one. */
  async function artifactBefore(expected: Expected, signal: AbortSignal): Promise<ArtifactBefore | null> {
    const { artifactUrl: url } = expected
    return url === null ? null : lookBefore(outbound, { url, method: 'HEAD', authenticated: false }, signal)
  }

  function addressOf(expected: Expected): { kind: 'url'; url: string } | { kind: 'lacking'; reason: string } {
    if (expected.artifactUrl !== null) return { kind: 'url', url: expected.artifactUrl }
    if (options.artifactBase === undefined) return lacking('the source does not say where outputs are (`artifactBase`)')
    const name = isOperation(expected.operation) ? outputNameOf(expected.operation, options) : null
    if (name === null) return lacking(`the name of what ${expected.operation} makes cannot be known before`)
    if (expected.externalId === null) return lacking('the output is named by the job id, which is not known')
    const segment = pathSegment(name.replace('{job_id}', () => expected.externalId ?? ''))
    if (segment === null) return lacking('the job id is nothing that a URL can hold')
    return { kind: 'url', url: `${options.artifactBase}/${segment}` }
  }

  return { check, list, artifact, artifactBefore }
}

/**
 * The outer envelope is about the question: its `job_id` names the status call, its `code` says that the question was
 * answered. What was asked about is in `response`, and how it ended in the `response` of that.
 */
function readStatus(outer: JsonRecord, expected: Expected): CheckAnswer {
  const code = readCode(outer.code)
  if (code === 404) return { kind: 'missing' }
  if (code !== null && code !== 200) return unreadable(`it says ${code}`)
  const record = recordIn(outer.response)
  const word = record === null ? null : record.job_status
  if (record === null || typeof word !== 'string') return unreadable('it has no record of the job')
  if (readId(record.job_id) !== expected.externalId) return unreadable('it is about another job')
  if (isUnderWay(word)) return { kind: 'pending' }
  switch (word.trim().toLowerCase()) {
    case 'done':
    case 'failed':
      return readEnd(word, recordIn(record.response), expected)
    default:
      return unreadable(`the status ${JSON.stringify(word.slice(0, 60))} is not known`)
  }
}

/** `submitted`: in Cloud Run mode it stays so for ever; the callback, or the deadline, ends it. */
function isUnderWay(word: string): boolean {
  return ['queued', 'running', 'submitted'].includes(word.trim().toLowerCase())
}

/** `done` only means that it has ended: failures are done, too. */
function readEnd(word: string, envelope: JsonRecord | null, expected: Expected): CheckAnswer {
  if (envelope === null) {
    if (word.trim().toLowerCase() === 'done') return unreadable('the job is done, and how it ended is not said')
    const error = { code: 'JOB_FAILED', message: 'the toolkit failed and did not say why', retryable: true }
    return { kind: 'outcome', outcome: { verdict: 'failed', error } }
  }
  const echoed = readId(envelope.id)
  if (echoed !== null && isId('expectation', echoed) && echoed !== expected.id) {
    return unreadable('the job was submitted for another expectation')
  }
  const reading = readEnvelope(envelope)
  switch (reading.kind) {
    case 'outcome':
      return reading
    case 'progress':
      return { kind: 'pending' }
    case 'unreadable':
      return unreadable(reading.reason)
    default:
      return reading satisfies never
  }
}

function unreadable(reason: string): CheckAnswer {
  return { kind: 'unavailable', reason: `the status cannot be read: ${reason}` }
}

function lacking(reason: string): { kind: 'lacking'; reason: string } {
  return { kind: 'lacking', reason }
}
