/** Which values must not be repeated: those declared secret, and, where no schema speaks, those with a telling name. */
import { z } from 'zod'
import { redactUrl } from '../core/redact.ts'
import { isSecretName } from '../core/secret-name.ts'
import { isMap, type Path } from './draft.ts'
import { noteOf, unwrap } from './option.ts'
import type { Origin } from './origin.ts'
import { configSchema } from './schema.ts'
import { sinkOptions } from './sink-options.ts'
import { sourceOptions } from './source-options.ts'

// Hiding one value too many does no harm; here every key is one.
const isTelling = (name: string) => isSecretName(name) || /key$/i.test(name)
// Addresses from the environment often carry a password.
const isTellingVariable = (name: string) => isTelling(name) || /(url|uri|dsn)$/i.test(name)

/** `own`: the options of the provider or of the kind of sink that the path is below; null where they are not known. */
export function isSecret(path: Path, origin: Origin | null, own: z.ZodType | null = null): boolean {
  if (origin?.kind === 'file' && origin.names.some(isTellingVariable)) return true
  const words = path.filter((part) => typeof part === 'string')
  if (words[0] === 'sources') return isSecretAt(sourceOptions, own, words.slice(2))
  // Kinds of sinks are all ours, and note their secrets: `key` is the name of a column there.
  if (words[0] === 'sinks' && own !== null && knows(own, words[2])) return isSecretIn(own, words.slice(2))
  if (words[0] === 'sinks') return isSecretAt(sinkOptions, own, words.slice(2))
  return isSecretIn(configSchema, words)
}

/** An address with a secret in it: a password such as that of a database, or a key among its parameters. */
export function holdsSecret(value: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(value) && redactUrl(value) !== value
}

/** Every text in the options of a provider or of a kind of sink that their schema calls secret. */
export function secretsIn(options: unknown, own: z.ZodType, words: readonly string[] = []): string[] {
  if (typeof options === 'string') return isNoted(own, words) ? [options] : []
  if (Array.isArray(options)) return options.flatMap((each) => secretsIn(each, own, words))
  if (!isMap(options)) return []
  return Object.entries(options).flatMap(([name, inner]) => secretsIn(inner, own, [...words, name]))
}

function isNoted(schema: z.ZodType, words: readonly string[]): boolean {
  const [word, ...rest] = words
  const child = word === undefined ? null : childOf(schema, word)
  return child !== null && (noteOf(child)?.secret === true || isNoted(child, rest))
}

function knows(schema: z.ZodType, word: string | undefined): boolean {
  return word !== undefined && childOf(schema, word) !== null
}

function isSecretAt(common: z.ZodType, own: z.ZodType | null, words: readonly string[]): boolean {
  return isSecretIn(common, words) || (own !== null && isSecretIn(own, words))
}

function isSecretIn(schema: z.ZodType, words: readonly string[]): boolean {
  const [word, ...rest] = words
  if (word === undefined) return false
  const child = childOf(schema, word)
  if (child === null) return words.some(isTelling)
  return noteOf(child)?.secret === true || isSecretIn(child, rest)
}

/** The schema of one option of several; null where they have none of that name. */
export function childOf(schema: z.ZodType, word: string): z.ZodType | null {
  const object = unwrap(schema)
  const child: unknown = object instanceof z.ZodObject && Object.hasOwn(object.shape, word) ? object.shape[word] : null
  return child instanceof z.ZodType ? child : null
}
