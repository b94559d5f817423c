/** Where the value of a column comes from: a place in the result, a UUID made of one, or always the same. Pure. */
import { createHash } from 'node:crypto'
import type { Result } from '@becket/client/contract'
import { z } from 'zod'
import { scalar } from '../../config/option.ts'
import { isPointer, resolvePointer } from '../../core/json-pointer.ts'

export type Recipe =
  | { kind: 'pointer'; pointer: string }
  | { kind: 'uuid'; pointer: string }
  | { kind: 'fixed'; value: unknown }

const EXPECTED =
  'a JSON pointer into the result such as /output/files/0/key, {uuidOf: /pointer}, or {fixed: value} for the same always'

/** A text that is no pointer is refused: a forgotten slash would fill the column with the pointer's name. */
export const recipe = () => {
  const schema = z.unknown().transform((written, context): Recipe => {
    const read = readRecipe(written)
    if (read !== null) return read
    context.addIssue({ code: 'custom', message: EXPECTED })
    return z.NEVER
  })
  return scalar(schema, { kind: 'text', expected: EXPECTED })
}

function readRecipe(written: unknown): Recipe | null {
  if (typeof written === 'string') return isPointer(written) ? { kind: 'pointer', pointer: written } : null
  if (typeof written === 'number' || typeof written === 'boolean') return { kind: 'fixed', value: written }
  if (typeof written !== 'object' || written === null) return null
  const [[name, value] = [], ...more] = Object.entries(written)
  if (more.length > 0) return null
  if (name === 'fixed') return { kind: 'fixed', value }
  return name === 'uuidOf' && typeof value === 'string' && isPointer(value) ? { kind: 'uuid', pointer: value } : null
}

/** Null where the result has nothing there: a column that was filled before is emptied. */
export function followRecipe(made: Recipe, result: Result): unknown {
  switch (made.kind) {
    case 'fixed':
      return made.value
    case 'pointer':
      return resolvePointer(result, made.pointer) ?? null
    case 'uuid': {
      const value = resolvePointer(result, made.pointer)
      return typeof value === 'string' || typeof value === 'number' ? uuidOf(String(value)) : null
    }
    default:
      return made satisfies never
  }
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const TYPE_ID = /^[a-z]+_([0-7][0-9a-hjkmnp-tv-z]{25})$/
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'

/** A UUID is itself; an id of Becket's is the UUID that it was made of; of any other text always the same one is made. */
export function uuidOf(text: string): string {
  if (UUID.test(text)) return text.toLowerCase()
  const suffix = TYPE_ID.exec(text)?.[1]
  if (suffix !== undefined) return inGroups(hexOf(suffix))
  const hex = createHash('sha256').update(text).digest('hex')
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 0x3) | 0x8).toString(16)
  // Version 8, which RFC 9562 leaves to whoever makes it.
  return inGroups(`${hex.slice(0, 12)}8${hex.slice(13, 16)}${variant}${hex.slice(17, 32)}`)
}

function hexOf(suffix: string): string {
  let value = 0n
  for (const digit of suffix) value = (value << 5n) | BigInt(ALPHABET.indexOf(digit))
  return value.toString(16).padStart(32, '0')
}

function inGroups(hex: string): string {
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
