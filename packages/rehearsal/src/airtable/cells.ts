/** What a field takes, and what becomes of it in the cell. Pure; attachments are only read here, and fetched elsewhere. */
import type { Field, Fields } from './bases.ts'
import { type Refusal, refusal } from './refusal.ts'

/** As written: an address to fetch, or the id of one that is there already. */
export type AttachmentOrder = { url: string; filename: string | null } | { id: string }

export interface Attachment {
  id: string
  /** Where it is read: as it was written, until it was fetched. */
  url: string
  filename: string | null
  /** Null until it was fetched. */
  size: number | null
  type: string | null
}

/** A select's text that is not allowed yet comes as `choice`, to be added. */
export type Written =
  | { kind: 'cell'; value: string | number | boolean | null }
  | { kind: 'choice'; value: string }
  | { kind: 'attachments'; orders: AttachmentOrder[] }

export type ReadField = (name: string) => { field: Field; choices: ReadonlySet<string> } | undefined

/** All cells of one record, or the first thing that is wrong with them. */
export function readCells(
  fields: Readonly<Record<string, unknown>>,
  find: ReadField,
  typecast: boolean,
): { kind: 'read'; cells: Map<string, Written> } | Refusal {
  const cells = new Map<string, Written>()
  for (const [name, value] of Object.entries(fields)) {
    const known = find(name)
    if (known === undefined) return refusal(422, 'UNKNOWN_FIELD_NAME', `Unknown field name: "${name}"`)
    const written = readCell(name, value, known, typecast)
    if (written.kind === 'refused') return written
    cells.set(name, written)
  }
  return { kind: 'read', cells }
}

function readCell(
  name: string,
  value: unknown,
  { field, choices }: { field: Field; choices: ReadonlySet<string> },
  typecast: boolean,
): Written | Refusal {
  if (value === null || value === '') return { kind: 'cell', value: null }
  if (typeof field === 'object') return readChoice(name, value, choices, typecast)
  switch (field) {
    case 'text':
    case 'url':
      if (typeof value === 'string') return { kind: 'cell', value }
      return typecast && isPlain(value) ? { kind: 'cell', value: String(value) } : wrongValue(name)
    case 'number': {
      const number = typecast && typeof value === 'string' ? Number(value) : value
      return typeof number === 'number' && Number.isFinite(number) ? { kind: 'cell', value: number } : wrongValue(name)
    }
    case 'checkbox': {
      const ticked = typecast && typeof value === 'string' ? value === 'true' : value
      // A box that is not ticked is an empty cell.
      return typeof ticked === 'boolean' ? { kind: 'cell', value: ticked || null } : wrongValue(name)
    }
    case 'date':
      return typeof value === 'string' && /^\d{4}-\d\d-\d\d/.test(value) && !Number.isNaN(Date.parse(value))
        ? { kind: 'cell', value }
        : wrongValue(name)
    case 'attachments':
      return readAttachments(name, value)
    default:
      throw field satisfies never
  }
}

function readChoice(name: string, value: unknown, choices: ReadonlySet<string>, typecast: boolean): Written | Refusal {
  if (typeof value !== 'string') return wrongValue(name)
  if (choices.has(value)) return { kind: 'cell', value }
  if (typecast) return { kind: 'choice', value }
  const quoted = JSON.stringify(JSON.stringify(value))
  return refusal(
    422,
    'INVALID_MULTIPLE_CHOICE_OPTIONS',
    `Insufficient permissions to create new select option ${quoted}`,
  )
}

function readAttachments(name: string, value: unknown): Written | Refusal {
  if (!Array.isArray(value)) return wrongAttachments(name)
  const orders: AttachmentOrder[] = []
  for (const item of value) {
    if (!isRecord(item)) return wrongAttachments(name)
    const { id, url, filename } = item
    if (typeof id === 'string') orders.push({ id })
    else if (typeof url === 'string' && URL.canParse(url)) {
      orders.push({ url, filename: typeof filename === 'string' ? filename : null })
    } else return wrongAttachments(name)
  }
  return { kind: 'attachments', orders }
}

/** What each select allows at first; other fields allow nothing by name. */
export function choicesOf(fields: Fields): Map<string, Set<string>> {
  return new Map(
    Object.entries(fields).map(([name, field]) => [name, new Set(typeof field === 'object' ? field.select : [])]),
  )
}

function wrongValue(name: string): Refusal {
  return refusal(422, 'INVALID_VALUE_FOR_COLUMN', `Field "${name}" cannot accept the provided value`)
}

function wrongAttachments(name: string): Refusal {
  return refusal(
    422,
    'INVALID_ATTACHMENT_OBJECT',
    `Field "${name}" takes a list of objects with an \`id\` or a \`url\``,
  )
}

function isPlain(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
