/**
 * Reads what OpenAI says of a response or a batch, from a status answer or the answer to a submit. Words that are not
 * known are unreadable, never a failure. Events are read in `read.ts`.
 */
import { isRecord, type JsonRecord, readId } from '../json-body.ts'
import type { Outcome } from '../provider.ts'
import { readSaid } from '../provider-error.ts'
import { type Ended, failureOf, isWorkKind, standingOf, type WorkKind } from './standing.ts'

/** What `response` brings. `raw` is the response as OpenAI answered it. */
interface ResponseOutput {
  ref: string
  text: string
  raw: JsonRecord
}

/** What `batch` brings: results stay in OpenAI's files, which may be of any size. */
interface BatchOutput {
  ref: string
  outputFileId: string | null
  /** The requests of the batch that failed, where some did: the batch itself is done all the same. */
  errorFileId: string | null
  counts: { total: number | null; completed: number | null; failed: number | null }
}

export type WorkReading =
  | { kind: 'outcome'; externalId: string; outcome: Outcome }
  | { kind: 'pending'; externalId: string }
  | { kind: 'unreadable'; reason: string }

export function readWork(kind: WorkKind, value: unknown): WorkReading {
  if (!isRecord(value)) return unreadable('it is not an object')
  const { object, status } = value
  if (typeof object === 'string' && isWorkKind(object) && object !== kind) return unreadable(`it is about a ${object}`)
  const externalId = readId(value.id)
  if (externalId === null) return unreadable('it has no id')
  if (typeof status !== 'string') return unreadable('it has no status')
  const standing = standingOf(kind, status)
  if (standing === null) return unreadable(`the status ${JSON.stringify(status.slice(0, 60))} is not known`)
  if (standing === 'progress') return { kind: 'pending', externalId }
  if (standing !== 'completed') return { kind: 'outcome', externalId, outcome: failed(kind, standing, value) }
  const output = kind === 'response' ? responseOutput(externalId, value) : batchOutput(externalId, value)
  return { kind: 'outcome', externalId, outcome: { verdict: 'succeeded', output } }
}

function responseOutput(ref: string, raw: JsonRecord): ResponseOutput {
  return { ref, text: textOf(raw.output), raw }
}

/** All that the model wrote for its reader, without its reasoning and its calls of tools. */
function textOf(items: unknown): string {
  const messages = listOf(items).filter((item) => item.type === 'message')
  const parts = messages.flatMap(({ content }) => listOf(content)).filter((part) => part.type === 'output_text')
  return parts.map(({ text }) => (typeof text === 'string' ? text : '')).join('')
}

function batchOutput(ref: string, batch: JsonRecord): BatchOutput {
  const counts = isRecord(batch.request_counts) ? batch.request_counts : {}
  return {
    ref,
    outputFileId: readId(batch.output_file_id),
    errorFileId: readId(batch.error_file_id),
    counts: { total: countOf(counts.total), completed: countOf(counts.completed), failed: countOf(counts.failed) },
  }
}

/** A response says what went wrong in `error`, a batch in a list of `errors`, a cut one why in `incomplete_details`. */
function failed(kind: WorkKind, ended: Exclude<Ended, 'completed'>, value: JsonRecord): Outcome {
  const said = readSaid(isRecord(value.errors) ? value.errors.data : { error: value.error })
  const cut = isRecord(value.incomplete_details) ? readSaid({ code: value.incomplete_details.reason }).code : null
  return { verdict: 'failed', error: failureOf(kind, ended, { code: said.code ?? cut, message: said.message }) }
}

function listOf(value: unknown): JsonRecord[] {
  return Array.isArray(value) ? value.filter(isRecord) : []
}

function countOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null
}

function unreadable(reason: string): { kind: 'unreadable'; reason: string } {
  return { kind: 'unreadable', reason }
}
