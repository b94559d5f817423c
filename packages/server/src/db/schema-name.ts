/** Puts the configured schema's name where the SQL says `becket.`. Does not parse SQL: a plain replacement, remembered. */
import { AppError } from '../core/error.ts'

const NAME = /^[a-z_][a-z0-9_]{0,62}$/
// Texts are constants of the program; a cache beyond this holds texts made at run time, and is not worth its memory.
const REMEMBERED = 1_000

export function createSchemaNames(schema: string): (text: string) => string {
  if (!NAME.test(schema)) {
    throw new AppError('CONFIGURATION_INVALID', `The database schema "${schema}" is not a usable name`, {
      hint: 'Use lower-case letters, digits and _, at most 63 of them, not starting with a digit.',
    })
  }
  if (schema === 'becket') return (text) => text
  const known = new Map<string, string>()
  return (text) => {
    const remembered = known.get(text)
    if (remembered !== undefined) return remembered
    const renamed = text.replace(/\bbecket\./g, `"${schema}".`)
    if (known.size >= REMEMBERED) known.clear()
    known.set(text, renamed)
    return renamed
  }
}
