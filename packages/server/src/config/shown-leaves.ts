/** The single values inside options of a provider or of a kind of sink, each with its path, as text. */
import { z } from 'zod'
import { formatDuration } from '../core/duration.ts'
import { isMap, type Path } from './draft.ts'
import { scalarNoteOf, unwrap } from './option.ts'
import { childOf } from './secret-words.ts'

export interface ShownLeaf {
  path: Path
  value: string | null
}

export function leavesOf(value: unknown, path: Path): ShownLeaf[] {
  if (isMap(value)) return Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, [...path, key]))
  if (value === undefined || value === null) return [{ path, value: null }]
  return [{ path, value: typeof value === 'string' ? value : JSON.stringify(value) }]
}

/** The same as somebody would write it: by the schema, a number of milliseconds is a duration, and a list has commas. */
export function readableLeavesOf(value: unknown, path: Path, schema: z.ZodType | null): ShownLeaf[] {
  if (isMap(value)) {
    return Object.entries(value).flatMap(([key, inner]) =>
      readableLeavesOf(inner, [...path, key], schema === null ? null : childOf(schema, key)),
    )
  }
  if (Array.isArray(value) && value.every((each) => !isMap(each) && !Array.isArray(each))) {
    const item = schema === null ? null : itemOf(schema)
    const texts = value.map((each) => readable(each, item))
    return [{ path, value: texts.length === 0 ? null : texts.join(', ') }]
  }
  return value === undefined || value === null ? [{ path, value: null }] : [{ path, value: readable(value, schema) }]
}

function readable(value: unknown, schema: z.ZodType | null): string {
  if (typeof value === 'number' && schema !== null && scalarNoteOf(schema)?.kind === 'duration') {
    return formatDuration(value)
  }
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function itemOf(schema: z.ZodType): z.ZodType | null {
  const inner = unwrap(schema)
  const array = inner instanceof z.ZodPipe ? inner.out : inner
  const item: unknown = array instanceof z.ZodArray ? array.element : null
  return item instanceof z.ZodType ? item : null
}
