/**
 * How an option is declared: a zod schema beside what a person must know about it. The notes feed the reference page,
 * the names in the environment, the masking of secrets and the messages. Does not read any value.
 */
import { z } from 'zod'

export interface OptionNote {
  description: string
  /** Never printed, logged or repeated in a message. */
  secret?: boolean
  /** Names in the environment beside `BECKET_…`. */
  env?: readonly string[]
  /** Shown as the default where the schema has none. */
  absent?: string
  /** The parts of Becket that read it; absent: those that read what it stands in, or all. */
  roles?: readonly ('intake' | 'api' | 'worker')[]
  /** Not settable by one variable; only in the file. */
  fileOnly?: boolean
}

export interface ScalarNote {
  /** Reads after "expected": `a duration such as 30s`. */
  expected: string
  kind: 'text' | 'duration' | 'bytes' | 'number' | 'boolean' | 'choice' | 'list' | 'key'
}

const optionNotes = z.registry<OptionNote>()
const scalarNotes = z.registry<ScalarNote>()

export function option<Schema extends z.ZodType>(schema: Schema, note: OptionNote): Schema {
  optionNotes.add(schema, note)
  return schema
}

export function scalar<Schema extends z.ZodType>(schema: Schema, note: ScalarNote): Schema {
  scalarNotes.add(schema, note)
  return schema
}

export function noteOf(schema: z.ZodType): OptionNote | undefined {
  return optionNotes.get(schema)
}

export function scalarNoteOf(schema: z.ZodType): ScalarNote | undefined {
  return scalarNotes.get(unwrap(schema)) ?? scalarNotes.get(schema)
}

/** Takes defaults and optionality off, down to what holds the value. */
export function unwrap(schema: z.ZodType): z.ZodType {
  let inner: z.ZodType = schema
  while (
    inner instanceof z.ZodPrefault ||
    inner instanceof z.ZodDefault ||
    inner instanceof z.ZodOptional ||
    inner instanceof z.ZodNullable
  ) {
    const next = inner.unwrap()
    if (!(next instanceof z.ZodType)) return inner
    inner = next
  }
  return inner
}

/** The default as it would be written in the file; undefined where there is none. */
export function defaultOf(schema: z.ZodType): unknown {
  if (schema instanceof z.ZodPrefault || schema instanceof z.ZodDefault) return schema.def.defaultValue
  return undefined
}

export interface OptionEntry {
  path: string[]
  schema: z.ZodType
  note: OptionNote
}

/** Every described leaf below an object, in the order of declaration; sections are walked, records and unions are leaves. */
export function optionEntries(
  schema: z.ZodType,
  path: readonly string[] = [],
  around: OptionNote = { description: '' },
): OptionEntry[] {
  const object = unwrap(schema)
  const inherited = around.roles === undefined ? {} : { roles: around.roles }
  if (!(object instanceof z.ZodObject)) return []
  return Object.entries(object.shape).flatMap(([key, child]) => {
    if (!(child instanceof z.ZodType)) return []
    const here = [...path, key]
    const note = { description: '', ...inherited, ...noteOf(child) }
    if (unwrap(child) instanceof z.ZodObject) return optionEntries(child, here, note)
    return [{ path: here, schema: child, note }]
  })
}
