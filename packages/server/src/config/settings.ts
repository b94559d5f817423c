/**
 * Every option as one name with one value in one spelling: what a process really runs with, to be fingerprinted. The values
 * are plain, secrets too: whoever takes them keeps, prints and sends none of them.
 */
import { createHash } from 'node:crypto'
import { isMap, type Path, pathText } from './draft.ts'
import { namesOf } from './environment.ts'
import type { LoadedConfig } from './load.ts'
import { type OptionEntry, optionEntries } from './option.ts'
import { formatOrigin } from './origin.ts'
import { plainValue } from './print.ts'
import { configSchema } from './schema.ts'
import { leavesOf } from './shown-leaves.ts'

export interface Setting {
  name: string
  /** Its first name in the environment. */
  variable: string | null
  /** Null: not set. */
  value: string | null
  origin: string
}

/** By name. A list of what holds only for one process: see `ownSettings`. */
export function settingsOf(loaded: LoadedConfig): Setting[] {
  const options = ownEntries().map((entry): Setting => {
    const origin = formatOrigin(loaded.originOf(entry.path))
    const variable = namesOf(entry)[0] ?? null
    return { name: pathText(entry.path), variable, value: plainValue(entry, loaded), origin }
  })
  const { sources, sinks } = loaded.config
  const places = [...below('sources', sources, loaded), ...below('sinks', sinks, loaded)]
  return [...options, ...places].sort((one, other) => (one.name < other.name ? -1 : 1))
}

/** What may differ between processes of one installation without anything being wrong. */
export const ownSettings: ReadonlySet<string> = new Set([
  'roles',
  'host',
  'port',
  'dataDir',
  'logLevel',
  'database.poolSize',
])

/** Another one wherever a release knows other options. */
export function manifestVersion(): string {
  const names = ownEntries().map(({ path }) => pathText(path))
  return createHash('sha256').update(names.join('\n')).digest('hex').slice(0, 12)
}

function ownEntries(): OptionEntry[] {
  return optionEntries(configSchema).filter(({ path }) => path[0] !== 'sources' && path[0] !== 'sinks')
}

function below(section: string, places: Readonly<Record<string, object>>, loaded: LoadedConfig): Setting[] {
  return Object.entries(places).flatMap(([id, place]) =>
    leavesOf(flat(place), [section, id]).map(({ path, value }) => {
      const written: Path = path.filter((part) => part !== 'options')
      return { name: pathText(written), variable: null, value, origin: formatOrigin(loaded.originOf(written)) }
    }),
  )
}

/** A list is one value: with its order changed it is another one. The id stands in the name. */
function flat(place: object): Record<string, unknown> {
  const entries = Object.entries(place).filter(([name, value]) => name !== 'id' && typeof value !== 'function')
  return Object.fromEntries(entries.map(([name, value]) => [name, isMap(value) ? flat(value) : value]))
}
