/** From a result to the cells of its row. Pure: the addresses of attachments are made by `delivering.ts`. */
import type { Result } from '@becket/client/contract'
import { resolvePointer } from '../../core/json-pointer.ts'
import type { AirtableOptions } from './options.ts'
import { followRecipe } from './recipe.ts'
import { statusOf } from './status-words.ts'

export type Cells = Record<string, unknown>

/** What is to be attached: a key of our storage, or an address that is public anyway. */
export interface Enclosure {
  at: { kind: 'stored'; key: string } | { kind: 'address'; url: string }
  filename: string
  contentType: string
}

/** What tells a row from all others: the run id that is written into it, or its own id where the row is there already. */
export function runIdOf(result: Result, options: AirtableOptions): string {
  if (options.identify === 'record') return recordIdOf(result, options) ?? result.key
  return options.identify === 'key' ? result.key : result.id
}

/** Null where rows are found by a run id, and where the key names no record. */
export function recordIdOf({ key }: Result, { identify }: AirtableOptions): string | null {
  return identify === 'record' ? (/(?:^|[^A-Za-z0-9])(rec[A-Za-z0-9]{14})$/.exec(key)?.[1] ?? null) : null
}

export function cellsOf(result: Result, options: AirtableOptions): Cells {
  const lookUp = (pointer: string) =>
    pointer === '/status' ? statusOf(result, options.statuses) : resolvePointer(result, pointer)
  const cells = Object.entries(options.fields).map(([field, recipe]) => [field, followRecipe(recipe, lookUp)])
  const mark = options.identify === 'record' ? {} : { [options.runId]: runIdOf(result, options) }
  return { ...Object.fromEntries(cells), ...mark }
}

/** By field. A field for which the result has nothing is left as it is: its files may be somebody's. */
export function enclosuresOf(result: Result, { attachments }: AirtableOptions): Record<string, Enclosure[]> {
  const found = Object.entries(attachments).map(([field, pointer]) => {
    const value = resolvePointer(result, pointer)
    const entries: readonly unknown[] = Array.isArray(value) ? value : [value]
    return [field, entries.flatMap(enclosureOf)] as const
  })
  return Object.fromEntries(found.filter(([, enclosures]) => enclosures.length > 0))
}

function enclosureOf(entry: unknown): Enclosure[] {
  const key = textAt(entry, ['key', 'path', 'url']) ?? (typeof entry === 'string' ? entry : null)
  if (key === null || key === '') return []
  const isAddress = /^https?:\/\//i.test(key)
  const path = isAddress && URL.canParse(key) ? new URL(key).pathname : key
  const filename = textAt(entry, ['filename', 'name']) ?? (path.split('/').at(-1) || 'file')
  const contentType = textAt(entry, ['contentType']) ?? 'application/octet-stream'
  return [{ at: isAddress ? { kind: 'address', url: key } : { kind: 'stored', key }, filename, contentType }]
}

function textAt(entry: unknown, names: readonly string[]): string | null {
  if (typeof entry !== 'object' || entry === null) return null
  const found = names.map((name) => Reflect.get(entry, name)).find((value) => typeof value === 'string' && value !== '')
  return typeof found === 'string' ? found : null
}
