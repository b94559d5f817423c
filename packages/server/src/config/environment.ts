/**
 * Our own names in the environment. Every option outside `sources` has one: `BECKET_` and its path in capitals, such as
 * `BECKET_WORKER_SLOTS`; some have a plain one beside it, such as `PORT`. The names of the first users: see
 * `first-users.ts`.
 */
import { createHash } from 'node:crypto'
import type { Variables } from './dotenv.ts'
import { type Draft, pathText } from './draft.ts'
import { type OptionEntry, optionEntries } from './option.ts'
import { didYouMean } from './problem.ts'
import { configSchema } from './schema.ts'

/** Read by the command line or the loader itself, not options. */
export const controlNames = {
  BECKET_CONFIG: 'The configuration file; `--config` wins.',
  BECKET_URL: 'The server that the commands speak to; `--url` wins.',
} as const

function ownName(path: readonly string[]): string {
  return `BECKET_${path.map((part) => part.replace(/[A-Z]/g, '_$&').toUpperCase()).join('_')}`
}

/** The names that set an option, the winning one first. */
export function namesOf(entry: OptionEntry): string[] {
  return entry.note.fileOnly ? [] : [...new Set([ownName(entry.path), ...(entry.note.env ?? [])])]
}

const SERVER_KEYS = 'serverKeys'

/** Puts them into the draft; returns warnings about names that nobody knows. */
export function readOwnNames(variables: Variables, draft: Draft): string[] {
  const known = new Set<string>(Object.keys(controlNames))
  for (const entry of optionEntries(configSchema)) {
    const names = namesOf(entry)
    for (const name of names) known.add(name)
    const name = names.find((each) => variables.get(each) !== undefined && !isServiceLink(each, variables.get(each)))
    const value = name === undefined ? undefined : variables.get(name)
    if (name === undefined || value === undefined) continue
    const origin = { kind: 'env' as const, name, dotenv: variables.isFromDotenv(name), firstUsers: false }
    draft.set(entry.path, readValue(pathText(entry.path), name, value), origin)
  }
  return strangers(variables, [...known])
}

function readValue(option: string, name: string, value: string): unknown {
  // The first users wrote seconds, without a unit.
  if (name === 'WORKER_POLL_INTERVAL' && /^\s*\d+(\.\d+)?\s*$/.test(value)) return `${value.trim()}s`
  if (option === SERVER_KEYS) return value.split(',').map((key) => ({ id: serverKeyId(key.trim()), key: key.trim() }))
  return value
}

/** The same key has the same id on every instance, and another key another one. 32 bits of a hash tell nothing of it. */
function serverKeyId(key: string): string {
  return createHash('sha256').update(`becket server key ${key}`).digest('hex').slice(0, 8)
}

/** Kubernetes sets such variables for a service called `becket`: `BECKET_PORT=tcp://10.0.0.7:7400`. */
function isServiceLink(name: string, value: string | undefined): boolean {
  return name === 'BECKET_PORT' && value !== undefined && /^(tcp|udp):\/\//.test(value)
}

function strangers(variables: Variables, known: readonly string[]): string[] {
  const warnings: string[] = []
  for (const name of variables.names().sort()) {
    if (!name.startsWith('BECKET_')) continue
    if (isServiceLink(name, variables.get(name))) {
      warnings.push(
        `${name} looks like a Kubernetes service link and is not used; set PORT, or enableServiceLinks: false`,
      )
    } else if (!known.includes(name) && !/^BECKET_(SERVICE_|PORT_)/.test(name)) {
      warnings.push(`${name} is not known${didYouMean(name, known)}`)
    }
  }
  return warnings
}
