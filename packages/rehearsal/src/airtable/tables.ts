/** The records of all bases, in memory. Takes cells that were checked; knows no HTTP, no limits, no chance. */
import { createHash, randomBytes } from 'node:crypto'
import type { Bases, Field, Fields } from './bases.ts'
import { type Attachment, choicesOf, type ReadField } from './cells.ts'

export type Cell = string | number | boolean | Attachment[]

export interface Row {
  readonly id: string
  readonly createdTime: string
  /** Empty cells are not there. */
  readonly cells: Map<string, Cell>
}

export interface Table {
  readonly base: string
  readonly name: string
  readonly fields: ReadonlyMap<string, Field>
  /** In the order in which they were made. */
  readonly rows: Map<string, Row>
  find: ReadField
  allow(field: string, choice: string): void
  create(): Row
}

export interface Tables {
  hasBase(base: string): boolean
  /** By name or by id. */
  find(base: string, nameOrId: string): Table | undefined
  inBase(base: string): Table[]
  all(): Table[]
}

export function createTables(bases: Bases, now: () => number): Tables {
  const tables = Object.entries(bases).flatMap(([base, declared]) =>
    Object.entries(declared).map(([name, fields]) => createTable({ base, name, fields, now })),
  )
  return {
    hasBase: (base) => Object.hasOwn(bases, base),
    find: (base, nameOrId) =>
      tables.find(
        (table) => table.base === base && (table.name === nameOrId || tableId(base, table.name) === nameOrId),
      ),
    inBase: (base) => tables.filter((table) => table.base === base),
    all: () => tables,
  }
}

interface TableOptions {
  base: string
  name: string
  fields: Fields
  now: () => number
}

function createTable({ base, name, fields: declared, now }: TableOptions): Table {
  const fields = new Map(Object.entries(declared))
  const choices = choicesOf(declared)
  const rows = new Map<string, Row>()
  return {
    base,
    name,
    fields,
    rows,
    find(field) {
      const found = fields.get(field)
      return found === undefined ? undefined : { field: found, choices: choices.get(field) ?? new Set() }
    },
    allow: (field, choice) => void choices.get(field)?.add(choice),
    create() {
      const row: Row = { id: newId('rec'), createdTime: new Date(now()).toISOString(), cells: new Map() }
      rows.set(row.id, row)
      return row
    },
  }
}

/** As Airtable's ids look: three letters and fourteen signs. */
export function newId(prefix: 'rec' | 'att'): string {
  return prefix + randomBytes(7).toString('hex')
}

/** Always the same for the same table, so that it can be written into a configuration. */
function tableId(base: string, name: string): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([base, name]))
    .digest('hex')
  return `tbl${hash.slice(0, 14)}`
}
