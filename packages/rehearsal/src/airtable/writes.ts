/**
 * Plans what a request writes, and writes it: all of it or nothing. Between the two, a table may change, which is where
 * upserts make twins. Fetches no attachment; it says which are to be fetched.
 */
import type { Attachment, Written } from './cells.ts'
import { readCells } from './cells.ts'
import { badBody, noRecord, type Refusal } from './refusal.ts'
import { newId, type Row, type Table } from './tables.ts'

export interface RecordOrder {
  id?: string | undefined
  fields: Readonly<Record<string, unknown>>
}

export type WriteMode =
  | { kind: 'create' }
  | { kind: 'update' }
  /** Clears the cells that are not named. */
  | { kind: 'replace' }
  | { kind: 'upsert'; mergeOn: readonly string[] }

export interface Change {
  /** Null: a new one. */
  row: Row | null
  cells: Map<string, Written>
  clearsOthers: boolean
}

/** Of all that was written, what an answer and the fetcher need. */
export interface Outcome {
  rows: Row[]
  created: string[]
  updated: string[]
  toFetch: { recordId: string; attachment: Attachment }[]
}

export function planWrites(
  table: Table,
  orders: readonly RecordOrder[],
  mode: WriteMode,
  typecast: boolean,
): { kind: 'planned'; changes: Change[] } | Refusal {
  const fault = mode.kind === 'upsert' ? faultOfMerge(table, mode.mergeOn) : null
  if (fault !== null) return fault
  const changes: Change[] = []
  for (const order of orders) {
    const read = readCells(order.fields, table.find, typecast)
    if (read.kind === 'refused') return read
    const target = targetOf(table, order, read.cells, mode)
    if (target.kind === 'refused') return target
    const unknown = unknownAttachment(target.row, read.cells)
    if (unknown !== null) return badBody(`there is no attachment ${unknown} in this cell`)
    changes.push({ row: target.row, cells: read.cells, clearsOthers: mode.kind === 'replace' })
  }
  return { kind: 'planned', changes }
}

export function applyWrites(table: Table, changes: readonly Change[]): Outcome {
  const outcome: Outcome = { rows: [], created: [], updated: [], toFetch: [] }
  for (const { row: known, cells, clearsOthers } of changes) {
    const row = known ?? table.create()
    const former = new Map(row.cells)
    if (clearsOthers) row.cells.clear()
    for (const [name, written] of cells) {
      if (written.kind === 'attachments') {
        const attachments = written.orders.map((order) =>
          'id' in order
            ? (attachmentsIn(former.get(name)).find(({ id }) => id === order.id) ?? null)
            : newAttachment(order),
        )
        const kept = attachments.filter((attachment) => attachment !== null)
        row.cells.set(name, kept)
        const isNew = ({ id }: Attachment) => !attachmentsIn(former.get(name)).some((old) => old.id === id)
        outcome.toFetch.push(...kept.filter(isNew).map((attachment) => ({ recordId: row.id, attachment })))
      } else if (written.value === null) row.cells.delete(name)
      else {
        if (written.kind === 'choice') table.allow(name, written.value)
        row.cells.set(name, written.value)
      }
    }
    outcome.rows.push(row)
    const list = known === null ? outcome.created : outcome.updated
    list.push(row.id)
  }
  return outcome
}

function targetOf(
  table: Table,
  { id }: RecordOrder,
  cells: ReadonlyMap<string, Written>,
  mode: WriteMode,
): { kind: 'target'; row: Row | null } | Refusal {
  if (mode.kind === 'create') return { kind: 'target', row: null }
  if (id !== undefined) {
    const row = table.rows.get(id)
    return row === undefined ? noRecord(id) : { kind: 'target', row }
  }
  if (mode.kind !== 'upsert') return badBody('each record needs its `id`')
  const lacking = mode.mergeOn.find((name) => !cells.has(name))
  if (lacking !== undefined) return badBody(`each record needs the field "${lacking}", which it is merged on`)
  const matches = [...table.rows.values()].filter((row) => mode.mergeOn.every((name) => isSame(row, name, cells)))
  if (matches.length > 1) return badBody(`${matches.length} records match the fields that are merged on, not one`)
  return { kind: 'target', row: matches[0] ?? null }
}

function isSame(row: Row, name: string, cells: ReadonlyMap<string, Written>): boolean {
  const written = cells.get(name)
  return written !== undefined && written.kind !== 'attachments' && (row.cells.get(name) ?? null) === written.value
}

function faultOfMerge(table: Table, mergeOn: readonly string[]): Refusal | null {
  if (mergeOn.length < 1 || mergeOn.length > 3) return badBody('`fieldsToMergeOn` names one to three fields')
  const bad = mergeOn.find((name) => (table.fields.get(name) ?? 'attachments') === 'attachments')
  return bad === undefined ? null : badBody(`records cannot be merged on the field "${bad}"`)
}

function unknownAttachment(row: Row | null, cells: ReadonlyMap<string, Written>): string | null {
  for (const [name, written] of cells) {
    if (written.kind !== 'attachments') continue
    const known = attachmentsIn(row?.cells.get(name)).map(({ id }) => id)
    const unknown = written.orders.find((order) => 'id' in order && !known.includes(order.id))
    if (unknown !== undefined && 'id' in unknown) return unknown.id
  }
  return null
}

export function attachmentsIn(cell: unknown): Attachment[] {
  return Array.isArray(cell) ? cell : []
}

function newAttachment({ url, filename }: { url: string; filename: string | null }): Attachment {
  return { id: newId('att'), url, filename, size: null, type: null }
}
