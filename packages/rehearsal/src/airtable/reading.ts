/** What a request reads: which records, in which order, in which pages, and how a record looks. Pure. */
import { z } from 'zod'
import type { Attachment } from './cells.ts'
import { isTrue, parseFormula, type Subject, type Value } from './formula.ts'
import { badBody, type Refusal, refusal } from './refusal.ts'
import type { Cell, Row, Table } from './tables.ts'

const count = z.coerce.number().int().positive()

const listSchema = z.object({
  pageSize: count.max(100).default(100),
  maxRecords: count.optional(),
  offset: z.string().optional(),
  filterByFormula: z.string().optional(),
  fields: z.array(z.string()).optional(),
  sort: z.array(z.object({ field: z.string(), direction: z.enum(['asc', 'desc']).default('asc') })).optional(),
})
type ListOrder = z.output<typeof listSchema>

/** As the query of a GET spells what a POST says in JSON. */
export function readListQuery(query: URLSearchParams): Record<string, unknown> {
  const order: Record<string, unknown> = {}
  const fields: string[] = []
  const sort: Record<string, string>[] = []
  for (const [name, value] of query) {
    const sorted = /^sort\[(\d{1,2})\]\[(field|direction)\]$/.exec(name)
    if (/^fields(\[\d*\])?$/.test(name)) fields.push(value)
    else if (sorted) {
      const [, at = '0', part = 'field'] = sorted
      sort[Number(at)] = { ...sort[Number(at)], [part]: value }
    } else order[name] = value
  }
  if (fields.length > 0) order.fields = fields
  // Without the places that were left out.
  if (sort.length > 0) order.sort = sort.filter((rule) => rule !== undefined)
  return order
}

export interface Page {
  kind: 'page'
  rows: Row[]
  /** What to ask for next; null: this was the last. */
  offset: string | null
}

export function readPage(table: Table, order: ListOrder): Page | Refusal {
  const unknown = [...(order.fields ?? []), ...(order.sort ?? []).map(({ field }) => field)].find(
    (name) => !table.fields.has(name),
  )
  if (unknown !== undefined) return refusal(422, 'UNKNOWN_FIELD_NAME', `Unknown field name: "${unknown}"`)
  const filtered = filter(table, order.filterByFormula ?? '')
  if (filtered.kind === 'refused') return filtered
  const rows = sortRows(filtered.rows, order.sort ?? []).slice(0, order.maxRecords)
  const after = order.offset?.split('/').at(-1)
  const begin = after === undefined ? 0 : rows.findIndex(({ id }) => id === after) + 1
  if (after !== undefined && begin === 0) {
    return refusal(422, 'LIST_RECORDS_ITERATOR_NOT_AVAILABLE', 'The list cannot be continued; begin anew.')
  }
  const page = rows.slice(begin, begin + order.pageSize)
  const last = begin + page.length < rows.length ? page.at(-1) : undefined
  return { kind: 'page', rows: page, offset: last === undefined ? null : `itr${table.name.length}/${last.id}` }
}

/** `only`: the fields that were asked for; all where it is absent. */
export function recordOf(
  { id, createdTime, cells }: Row,
  only?: readonly string[],
): { id: string; createdTime: string; fields: Record<string, unknown> } {
  const shown = [...cells].filter(([name]) => only === undefined || only.includes(name))
  return { id, createdTime, fields: Object.fromEntries(shown.map(([name, cell]) => [name, cellOf(cell)])) }
}

function cellOf(cell: Cell): unknown {
  return Array.isArray(cell) ? cell.map(attachmentOf) : cell
}

/** What is not known yet is not there. */
function attachmentOf({ id, url, filename, size, type }: Attachment): Record<string, unknown> {
  return {
    id,
    url,
    ...(filename !== null && { filename }),
    ...(size !== null && { size }),
    ...(type !== null && { type }),
  }
}

function filter(table: Table, text: string): { kind: 'filtered'; rows: Row[] } | Refusal {
  const all = [...table.rows.values()]
  if (text === '') return { kind: 'filtered', rows: all }
  const parsed = parseFormula(text)
  const reason =
    parsed.kind === 'invalid'
      ? parsed.reason
      : parsed.fields.filter((name) => !table.fields.has(name)).map((name) => `Unknown field names: ${name}`)[0]
  if (parsed.kind === 'invalid' || reason !== undefined) {
    const message = `The formula for filtering records is invalid: ${reason}`
    return refusal(422, 'INVALID_FILTER_BY_FORMULA', message)
  }
  return { kind: 'filtered', rows: all.filter((row) => isTrue(parsed.formula(subjectOf(row)))) }
}

function subjectOf({ id, createdTime, cells }: Row): Subject {
  return { id, createdTime, cell: (name) => plainOf(cells.get(name)) }
}

function plainOf(cell: Cell | undefined): Value {
  if (cell === undefined) return null
  return Array.isArray(cell) ? cell.map(({ filename, id }) => filename ?? id).join(', ') : cell
}

function sortRows(rows: readonly Row[], rules: NonNullable<ListOrder['sort']>): Row[] {
  return rows.toSorted((a, b) => {
    for (const { field, direction } of rules) {
      const order = compare(plainOf(a.cells.get(field)), plainOf(b.cells.get(field)))
      if (order !== 0) return direction === 'asc' ? order : -order
    }
    return 0
  })
}

/** Empty cells first. */
function compare(a: Value, b: Value): number {
  if (a === b) return 0
  if (a === null) return -1
  if (b === null) return 1
  if (typeof a === 'number' && typeof b === 'number') return a - b
  return String(a) < String(b) ? -1 : 1
}

export function readList(said: Record<string, unknown>): { kind: 'read'; order: ListOrder } | Refusal {
  const parsed = listSchema.safeParse(said)
  if (parsed.success) return { kind: 'read', order: parsed.data }
  return badBody(parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '))
}
