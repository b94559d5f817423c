/** What each request to a table does, once it was let in: which records are read or written, and what is answered. */
import { z } from 'zod'
import type { DeedOf } from '../ledger/deed.ts'
import { pause } from '../stage/tasks.ts'
import type { Attachment } from './cells.ts'
import type { Fetcher } from './fetcher.ts'
import type { AirtableTouched } from './mishaps.ts'
import { readList, readListQuery, readPage, recordOf } from './reading.ts'
import { badBody, NO_TABLE, NOT_FOUND, noRecord, type Refusal, refusal } from './refusal.ts'
import { newId, type Table, type Tables } from './tables.ts'
import { applyWrites, attachmentsIn, planWrites, type RecordOrder, type WriteMode } from './writes.ts'

type Operation = DeedOf<'records'>['operation']

export interface TableRequest {
  method: string
  base: string
  /** What follows the base in the path, decoded: a table, and perhaps a record or a verb. */
  parts: string[]
  query: URLSearchParams
  /** Null: no body. */
  body: unknown
  touched: AirtableTouched
  signal: AbortSignal
}

export interface Done {
  kind: 'done'
  operation: Operation
  table: string
  recordIds: string[]
  created: number
  body: Record<string, unknown>
  writes: boolean
}

const cellsSchema = z.record(z.string(), z.unknown())
const writeSchema = z.object({
  records: z.array(z.object({ id: z.string().optional(), fields: cellsSchema })).min(1),
  typecast: z.boolean().default(false),
  performUpsert: z.object({ fieldsToMergeOn: z.array(z.string()) }).optional(),
})
const singleSchema = z.object({ fields: cellsSchema, typecast: z.boolean().default(false) })
const uploadSchema = z.object({ contentType: z.string(), file: z.string(), filename: z.string() })

const MOST_RECORDS = 10
const MAX_UPLOAD_BYTES = 5 * 1024 * 1024

export function createTableRoutes(tables: Tables, fetcher: Fetcher): (asked: TableRequest) => Promise<Done | Refusal> {
  async function write(asked: TableRequest, table: Table, orders: RecordOrder[], mode: WriteMode, typecast: boolean) {
    if (orders.length > MOST_RECORDS) return badBody(`${orders.length} records, and ${MOST_RECORDS} are the most`)
    const { touched } = asked
    const plan = planWrites(table, orders, mode, typecast)
    if (plan.kind === 'refused') return plan
    if (mode.kind === 'upsert' && touched.strikes('upsertTwins')) {
      await pause(touched.faults.upsertTwins?.gapMs ?? 0, asked.signal)
    }
    const outcome = applyWrites(table, plan.changes)
    for (const { recordId, attachment } of outcome.toFetch) fetcher.fetchLater({ recordId, attachment, ...touched })
    return { kind: 'written' as const, ...outcome }
  }

  async function writeMany(asked: TableRequest, table: Table): Promise<Done | Refusal> {
    const parsed = writeSchema.safeParse(asked.body)
    if (!parsed.success) {
      const single = asked.method === 'POST' ? singleSchema.safeParse(asked.body) : null
      return single?.success ? writeOne(asked, table, null) : badBody('a write needs `records` with `fields`')
    }
    const { records, typecast, performUpsert } = parsed.data
    const isUpsert = performUpsert !== undefined && asked.method !== 'POST'
    const mode: WriteMode = isUpsert
      ? { kind: 'upsert', mergeOn: performUpsert.fieldsToMergeOn }
      : { kind: kinds[asked.method] ?? 'update' }
    const written = await write(asked, table, records, mode, typecast)
    if (written.kind === 'refused') return written
    const { created, updated } = written
    const body = { records: written.rows.map((row) => recordOf(row)) }
    const upserted = { createdRecords: created, updatedRecords: updated }
    return done(mode.kind, table, written, isUpsert ? { ...body, ...upserted } : body)
  }

  /** `id` null: a new one. */
  async function writeOne(asked: TableRequest, table: Table, id: string | null): Promise<Done | Refusal> {
    const parsed = singleSchema.safeParse(asked.body)
    if (!parsed.success) return badBody('a write needs `fields`')
    const mode: WriteMode = { kind: kinds[asked.method] ?? 'update' }
    const order = { fields: parsed.data.fields, ...(id !== null && { id }) }
    const written = await write(asked, table, [order], mode, parsed.data.typecast)
    if (written.kind === 'refused') return written
    const [row] = written.rows
    return row === undefined ? NOT_FOUND : done(mode.kind, table, written, recordOf(row))
  }

  function remove(table: Table, ids: readonly string[]): Done | Refusal {
    if (ids.length < 1 || ids.length > MOST_RECORDS)
      return badBody(`1 to ${MOST_RECORDS} records can be deleted at once`)
    const missing = ids.find((id) => !table.rows.has(id))
    if (missing !== undefined) return noRecord(missing)
    for (const id of ids) table.rows.delete(id)
    const records = ids.map((id) => ({ id, deleted: true }))
    return { ...readOf('delete', table, ids, { records }), writes: true }
  }

  function list(table: Table, said: Record<string, unknown>): Done | Refusal {
    const read = readList(said)
    if (read.kind === 'refused') return read
    const page = readPage(table, read.order)
    if (page.kind === 'refused') return page
    const records = page.rows.map((row) => recordOf(row, read.order.fields))
    const body = { records, ...(page.offset !== null && { offset: page.offset }) }
    return readOf(
      'list',
      table,
      page.rows.map(({ id }) => id),
      body,
    )
  }

  function one(asked: TableRequest, table: Table, id: string): Promise<Done | Refusal> | Done | Refusal {
    const row = table.rows.get(id)
    if (row === undefined) return /^rec\w{14}$/.test(id) ? noRecord(id) : NOT_FOUND
    if (asked.method === 'GET') return readOf('get', table, [id], recordOf(row))
    if (asked.method === 'DELETE') return deletedOne(remove(table, [id]))
    return asked.method === 'PATCH' || asked.method === 'PUT' ? writeOne(asked, table, id) : NOT_FOUND
  }

  /** The bytes themselves, to a record that is found by its id alone. */
  function upload({ base, body }: TableRequest, recordId: string, field: string): Done | Refusal {
    const table = tables.inBase(base).find(({ rows }) => rows.has(recordId))
    const row = table?.rows.get(recordId)
    if (table === undefined || row === undefined) return noRecord(recordId)
    if (table.fields.get(field) !== 'attachments')
      return refusal(422, 'UNKNOWN_FIELD_NAME', `No attachments: "${field}"`)
    const parsed = uploadSchema.safeParse(body)
    if (!parsed.success) return badBody('an upload needs `contentType`, `file` in base64, and `filename`')
    const bytes = Buffer.from(parsed.data.file, 'base64')
    if (bytes.length > MAX_UPLOAD_BYTES) return refusal(413, 'REQUEST_TOO_LARGE', 'Attachments up to 5 MB only')
    const { filename, contentType: type } = parsed.data
    const attachment: Attachment = { id: newId('att'), url: '', filename, size: null, type: null }
    fetcher.keep(recordId, attachment, { bytes, type })
    row.cells.set(field, [...attachmentsIn(row.cells.get(field)), attachment])
    return { ...readOf('upload', table, [recordId], recordOf(row, [field])), writes: true }
  }

  return async (asked) => {
    const { method, base, parts, query } = asked
    const [first = '', second, third, ...more] = parts
    if (!tables.hasBase(base)) return NOT_FOUND
    if (method === 'POST' && third === 'uploadAttachment' && more.length === 0)
      return upload(asked, first, second ?? '')
    if (first === '' || third !== undefined) return NOT_FOUND
    const table = tables.find(base, first)
    if (table === undefined) return NO_TABLE
    if (method === 'POST' && second === 'listRecords') {
      const said = cellsSchema.safeParse(asked.body ?? {})
      return said.success ? list(table, { ...readListQuery(query), ...said.data }) : badBody('the body is no object')
    }
    if (second !== undefined) return one(asked, table, second)
    switch (method) {
      case 'GET':
        return list(table, readListQuery(query))
      case 'DELETE':
        return remove(table, [...query.getAll('records[]'), ...query.getAll('records')])
      default:
        return kinds[method] === undefined ? NOT_FOUND : writeMany(asked, table)
    }
  }
}

const kinds: Readonly<Record<string, 'create' | 'update' | 'replace'>> = {
  POST: 'create',
  PATCH: 'update',
  PUT: 'replace',
}

function readOf(operation: Operation, table: Table, ids: readonly string[], body: Record<string, unknown>): Done {
  return { kind: 'done', operation, table: table.name, recordIds: [...ids], created: 0, body, writes: false }
}

function done(
  operation: Operation,
  table: Table,
  { rows, created }: { rows: readonly { id: string }[]; created: readonly string[] },
  body: Record<string, unknown>,
): Done {
  const ids = rows.map(({ id }) => id)
  return { ...readOf(operation, table, ids, body), created: created.length, writes: true }
}

/** One that was deleted by its own address is answered by itself. */
function deletedOne(removed: Done | Refusal): Done | Refusal {
  const [id] = removed.kind === 'done' ? removed.recordIds : []
  return removed.kind === 'refused' || id === undefined ? removed : { ...removed, body: { id, deleted: true } }
}
