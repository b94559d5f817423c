/** Which values must not be repeated: those declared secret, and, where no schema speaks, those with a telling name. */
import { z } from 'zod'
import { isSecretName } from '../core/secret-name.ts'
import type { Path } from './draft.ts'
import { noteOf, unwrap } from './option.ts'
import type { Origin } from './origin.ts'
import { configSchema } from './schema.ts'
import { sinkOptions } from './sink-options.ts'
import { sourceOptions } from './source-options.ts'

// Hiding one value too many does no harm; here every key is one.
const isTelling = (name: string) => isSecretName(name) || /key$/i.test(name)
// Addresses from the environment often carry a password.
const isTellingVariable = (name: string) => isTelling(name) || /(url|uri|dsn)$/i.test(name)

export function isSecret(path: Path, origin: Origin | null): boolean {
  if (origin?.kind === 'file' && origin.names.some(isTellingVariable)) return true
  const words = path.filter((part) => typeof part === 'string')
  if (words[0] === 'sources') return isSecretIn(sourceOptions, words.slice(2))
  if (words[0] === 'sinks') return isSecretIn(sinkOptions, words.slice(2))
  return isSecretIn(configSchema, words)
}

function isSecretIn(schema: z.ZodType, words: readonly string[]): boolean {
  const [word, ...rest] = words
  if (word === undefined) return false
  const object = unwrap(schema)
  const child: unknown = object instanceof z.ZodObject && Object.hasOwn(object.shape, word) ? object.shape[word] : null
  if (!(child instanceof z.ZodType)) return words.some(isTelling)
  return noteOf(child)?.secret === true || isSecretIn(child, rest)
}
