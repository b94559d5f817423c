/**
 * One table of Airtable over HTTP: upsert, update, read. Every request takes its turn in the pace that all processes
 * share, and what is answered comes back as a value. Knows no result and no delivery.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import type { DeliveryAnswer } from '../../core/delivery.ts'
import type { PaceGate } from '../../core/pace-gate.ts'
import type { OutboundRequest } from '../../outbound/outbound.ts'
import type { SinkTools } from '../sink.ts'
import type { AirtableOptions } from './options.ts'
import { answerToAll, isAboutRecords, type Refusal, readRefusal } from './refusal.ts'
import type { Cells } from './row.ts'

const recordSchema = z.object({
  id: z.string(),
  createdTime: z.string().optional(),
  fields: z.record(z.string(), z.unknown()).default({}),
})
export type TableRecord = z.output<typeof recordSchema>
const recordsSchema = z.object({ records: z.array(recordSchema) }).transform(({ records }) => records)
const uploadSchema = z.object({ id: z.string() })

export interface UploadedFile {
  filename: string
  contentType: string
  bytes: Buffer
}

export type Asked<Value> =
  | { kind: 'done'; value: Value }
  /** This request is not taken as it is: one of its records is wrong, or it asks for too much. */
  | { kind: 'refused'; refusal: Refusal }
  /** Says nothing of the records. `isLimit`: Airtable counts our requests and had enough. */
  | { kind: 'stopped'; answer: DeliveryAnswer; isLimit: boolean }

export interface Table {
  /** One row per record, found by the run id or made; in the order of `rows`. */
  upsert(rows: readonly Cells[], signal: AbortSignal): Promise<Asked<TableRecord[]>>
  update(rows: readonly { id: string; cells: Cells }[], signal: AbortSignal): Promise<Asked<TableRecord[]>>
  /** At most ten; those that are gone are not among the answer. */
  read(recordIds: readonly string[], fields: readonly string[], signal: AbortSignal): Promise<Asked<TableRecord[]>>
  /** Adds one file to a field. Sent twice, it is there twice: look before. */
  upload(to: { recordId: string; field: string }, file: UploadedFile, signal: AbortSignal): Promise<Asked<unknown>>
  /** Any one row, to see whether the table is there and may be read. */
  sample(signal: AbortSignal): Promise<Asked<TableRecord[]>>
  /** All rows with this run id, oldest first. */
  twins(runId: string, signal: AbortSignal): Promise<Asked<TableRecord[]>>
}

// Airtable takes no request for 30 s after it answered 429, and counts anew with each that comes meanwhile.
const LOCKOUT_MS = 30_000
// 50 requests per second and owner of a key, over all bases.
const PER_ACCOUNT = { perSecond: 50, burst: 5 }
// 7 MB over a slow line.
const UPLOAD_MS = 120_000
const MAX_ANSWER_BYTES = 4 * 1024 * 1024

export function createTable(sink: string, options: AirtableOptions, tools: SinkTools): Table {
  const { base, table, runId, typecast } = options
  // 1: with 4 per second, no second holds more than five, wherever it begins.
  const gate = tools.pace(`airtable:${base}`, { perSecond: options.perSecond, burst: 1 })
  const account = tools.account === undefined ? null : tools.pace(`airtable-token:${tools.account}`, PER_ACCOUNT)
  const path = `/v0/${encodeURIComponent(base)}/${encodeURIComponent(table)}`
  const where = `table ${table} of base ${base}`

  async function ask<Value>(
    request: Pick<OutboundRequest, 'operation' | 'method' | 'url' | 'body' | 'deadlineMs'>,
    answered: z.ZodType<Value>,
    signal: AbortSignal,
  ): Promise<Asked<Value>> {
    for (const pace of account === null ? [gate] : [account, gate]) {
      const waitMs = await turnOf(pace, signal)
      if (waitMs > 0) return later(waitMs, `the pace of base ${base}`)
    }
    if (signal.aborted) return later(0, 'this process stops')
    const answer = await tools.outbound.request({
      ...request,
      headers: { accept: 'application/json', 'content-type': 'application/json' },
      maxBytes: MAX_ANSWER_BYTES,
      authenticated: true,
      signal,
    })
    if (answer.kind === 'fault') {
      const error = { code: answer.code, message: `Airtable: ${answer.message}`, retryable: true }
      return stopped({ kind: 'retry', error, isFault: true })
    }
    const { status, body } = answer
    if (status >= 200 && status < 300) {
      const parsed = answered.safeParse(parseJson(body))
      if (parsed.success) return { kind: 'done', value: parsed.data }
      const message = `Airtable answered ${status} with something that is none of its answers; is a proxy in between?`
      return stopped({ kind: 'retry', error: { code: 'ANSWER_UNREADABLE', message, retryable: true }, isFault: true })
    }
    const refusal = readRefusal(status, body)
    if (status === 429) {
      const pauseMs = Math.max(LOCKOUT_MS, answer.retryAfterMs ?? 0)
      await gate.pause(pauseMs, `Airtable answered 429: ${refusal.type}`)
      return { ...later(pauseMs, `Airtable has had enough requests to base ${base}`), isLimit: true }
    }
    if (isAboutRecords(refusal)) return { kind: 'refused', refusal }
    return stopped(answerToAll(refusal, { sink, where }))
  }

  const write = (operation: string, body: object, signal: AbortSignal) =>
    ask({ operation, method: 'PATCH', url: path, body: JSON.stringify({ ...body, typecast }) }, recordsSchema, signal)

  const search = (query: URLSearchParams, signal: AbortSignal) =>
    ask({ operation: 'read', method: 'GET', url: `${path}?${query}` }, recordsSchema, signal)

  return {
    async upsert(rows, signal) {
      const records = rows.map((fields) => ({ fields }))
      const asked = await write('upsert', { performUpsert: { fieldsToMergeOn: [runId] }, records }, signal)
      return inOrder(asked, rows)
    },

    update: (rows, signal) =>
      write('update', { records: rows.map(({ id, cells }) => ({ id, fields: cells })) }, signal),

    read(recordIds, fields, signal) {
      const formula = `OR(${recordIds.map((id) => `RECORD_ID()=${quoted(id)}`).join(',')})`
      const query = new URLSearchParams({ filterByFormula: formula, pageSize: String(recordIds.length) })
      for (const field of fields) query.append('fields[]', field)
      return search(query, signal)
    },

    upload({ recordId, field }, { filename, contentType, bytes }, signal) {
      const place = [base, recordId, field].map(encodeURIComponent).join('/')
      const url = `${options.contentUrl}/v0/${place}/uploadAttachment`
      const body = JSON.stringify({ contentType, filename, file: bytes.toString('base64') })
      return ask({ operation: 'upload', method: 'POST', url, body, deadlineMs: UPLOAD_MS }, uploadSchema, signal)
    },

    sample: (signal) => search(new URLSearchParams({ maxRecords: '1' }), signal),

    async twins(id, signal) {
      const formula = `{${runId.replace(/[\\}]/g, '\\$&')}}=${quoted(id)}`
      const asked = await search(new URLSearchParams({ filterByFormula: formula, pageSize: '100' }), signal)
      if (asked.kind !== 'done') return asked
      return { kind: 'done', value: asked.value.toSorted(byAge) }
    },
  }

  /** Airtable answers in the order of the request; where it shows the run id, that is proof. */
  function inOrder(asked: Asked<TableRecord[]>, rows: readonly Cells[]): Asked<TableRecord[]> {
    if (asked.kind !== 'done') return asked
    const byRunId = new Map(asked.value.map((record) => [record.fields[runId], record]))
    const ordered = rows.flatMap((row, index) => byRunId.get(row[runId]) ?? asked.value[index] ?? [])
    if (ordered.length === rows.length) return { kind: 'done', value: ordered }
    const message = `Airtable answered with ${asked.value.length} records for ${rows.length}`
    return stopped({ kind: 'retry', error: { code: 'ANSWER_UNREADABLE', message, retryable: true }, isFault: true })
  }
}

/** 0: it is ours now. Otherwise when to come back. */
async function turnOf(gate: PaceGate, signal: AbortSignal): Promise<number> {
  const { granted, waitMs } = await gate.take()
  if (!granted) return Math.max(1, waitMs)
  // Aborted: whoever asked sees it by the signal.
  if (waitMs > 0) await pause(waitMs, undefined, { signal }).catch(() => undefined)
  return 0
}

function later(afterMs: number, reason: string): Asked<never> & { kind: 'stopped' } {
  return stopped({ kind: 'later', afterMs, reason })
}

function stopped(answer: DeliveryAnswer): Asked<never> & { kind: 'stopped' } {
  return { kind: 'stopped', answer, isLimit: false }
}

/** A text in a formula. */
function quoted(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&')}"`
}

function byAge(one: TableRecord, other: TableRecord): number {
  return (one.createdTime ?? '').localeCompare(other.createdTime ?? '') || one.id.localeCompare(other.id)
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return null
  }
}
