/** Texts, ids, times and free JSON as every noun of the contract uses them: bounded, and storable in PostgreSQL. */
import { z } from 'zod'

// PostgreSQL takes neither U+0000 nor half of a surrogate pair in text or jsonb.
// biome-ignore lint/suspicious/noControlCharactersInRegex: U+0000 is the character that is looked for.
const UNSTORABLE = /\u0000|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/

/** Far below what PostgreSQL's parser and a recursive reader bear, far above what anybody sends on purpose. */
const MAX_JSON_DEPTH = 100

export function isStorableText(text: string): boolean {
  return !UNSTORABLE.test(text)
}

/** The same text with what cannot be stored replaced by U+FFFD. */
export function storableText(text: string): string {
  return text.replace(new RegExp(UNSTORABLE, 'g'), '\ufffd')
}

/** True for a JSON value that PostgreSQL can hold: no unstorable text, not nested too deep. */
export function isStorableJson(value: unknown): boolean {
  const open: { value: unknown; depth: number }[] = [{ value, depth: 1 }]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (typeof next.value === 'string' && !isStorableText(next.value)) return false
    if (typeof next.value !== 'object' || next.value === null) continue
    if (next.depth > MAX_JSON_DEPTH) return false
    for (const [name, inner] of Object.entries(next.value)) {
      if (!isStorableText(name)) return false
      open.push({ value: inner, depth: next.depth + 1 })
    }
  }
  return true
}

/** A text of 1 to `max` characters that can be stored. */
export function text(max: number) {
  return z
    .string()
    .min(1)
    .max(max)
    .refine(isStorableText, 'Contains U+0000 or half of a surrogate pair, which cannot be stored')
}

export const UNSTORABLE_JSON = 'Contains U+0000 or half of a surrogate pair, or is nested more than 100 levels deep'

/** Any JSON that can be stored. */
export const jsonSchema = z.unknown().refine(isStorableJson, UNSTORABLE_JSON)

/** An id in a path. Loose on purpose: a well-formed id that nobody knows is a 404, only rubbish is a 400. */
export const idSchema = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/, 'Not an id: letters, digits, _ and - only, at most 64')

export const idParamsSchema = z.object({ id: idSchema.describe('The id') })

/** A point in time: ISO 8601 with an offset or Z. */
export const timeSchema = z.iso.datetime({ offset: true })

export const reasonSchema = text(1_000).describe('Why; kept on the timeline with the name of the key')

export const sourceNameSchema = text(100).describe('The name of a configured source')
