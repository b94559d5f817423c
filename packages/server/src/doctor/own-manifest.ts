/**
 * What Becket itself reads from its environment, part by part, made from the schema of its configuration: an option that
 * is added there is checked here. What `becket.yaml` says already is not demanded again.
 */
import { isMap } from '../config/draft.ts'
import { namesOf } from '../config/environment.ts'
import { firstUsersNames } from '../config/first-users.ts'
import { defaultSources, pollingNames } from '../config/first-users-sources.ts'
import { defaultOf, type OptionEntry, optionEntries, scalarNoteOf } from '../config/option.ts'
import { configSchema } from '../config/schema.ts'
import type { Format } from '../core/doctor/format.ts'
import type { Manifest, Need, ServiceManifest, VariableRule } from '../core/doctor/manifest.ts'

/** `becket` is all of them in one process. */
export const ownServices = ['becket', 'intake', 'api', 'worker'] as const

export interface OwnSituation {
  isProduction: boolean
  /** Whether the file says something there. */
  isInFile(path: readonly string[]): boolean
  /** The variables that the file puts in, with their lines: `becket.yaml:7`. */
  putIn: ReadonlyMap<string, string>
}

const nothing: OwnSituation = { isProduction: false, isInFile: () => false, putIn: new Map() }

export function ownManifest(situation: OwnSituation = nothing): Manifest {
  return { environments: {}, services: ownServices.map((name) => ownService(name, situation)) }
}

type OwnService = (typeof ownServices)[number]

function ownService(name: OwnService, situation: OwnSituation): ServiceManifest {
  const entries = optionEntries(configSchema).filter(
    ({ note }) => name === 'becket' || note.roles === undefined || note.roles.some((role) => role === name),
  )
  const options = entries.flatMap((entry) => optionRule(entry, name, situation))
  const known = new Set(options.flatMap((rule) => [rule.name, ...rule.aliases]))
  const others = [...putInRules(situation), ...firstUsersRules(name)].filter((rule) => !known.has(rule.name))
  return {
    name,
    // What was put into the file by hand is also known by its option.
    variables: [
      ...options,
      ...others.filter((rule, index) => others.findIndex((each) => each.name === rule.name) === index),
    ],
    unread: firstUsersNames.unneeded,
    // Names of statements only where no pooler is, and signals that never come are made up for by polling: any pooler will do.
    database: { preparedStatements: false, session: false, isLongLived: true },
    outbound: 'any',
  }
}

const plain = {
  aliases: [],
  format: { kind: 'text' },
  secret: false,
  need: 'optional',
  capability: null,
  default: null,
  mustDiffer: false,
  mustEqual: false,
  usedBy: null,
  provider: null,
  means: null,
  inProduction: null,
  waivedIn: [],
} as const satisfies Omit<VariableRule, 'name'>

/** What more is known of an option than its schema says. */
const particulars: Readonly<Record<string, Partial<VariableRule>>> = {
  environment: { means: 'environment', mustEqual: true },
  publicUrl: {
    means: 'callback',
    capability: 'callbacks: providers get no address to call',
    mustEqual: true,
    mustDiffer: true,
  },
  logLevel: { inProduction: ['fatal', 'error', 'critical', 'warn', 'warning', 'info'] },
  serverKeys: { mustEqual: true },
  // One for all that are to be compared: it is what makes them comparable.
  'doctor.compareKey': { mustEqual: true, mustDiffer: false },
  'database.url': { format: { kind: 'postgres-url' }, mustEqual: true },
  'database.schema': { mustEqual: true },
  'documents.encryptionKey': { format: { kind: 'key', bytes: 32 }, mustEqual: true },
  'storage.kind': { mustEqual: true },
  'storage.bucket': { mustEqual: true },
  'storage.url': { mustEqual: true },
  'storage.serviceKey': { format: { kind: 'jwt', role: 'service_role' } },
}

function optionRule(entry: OptionEntry, service: OwnService, situation: OwnSituation): VariableRule[] {
  const [name, ...names] = namesOf(entry)
  if (name === undefined) return []
  const path = entry.path.join('.')
  const own = Object.hasOwn(particulars, path) ? particulars[path] : undefined
  const of = Object.entries(firstUsersNames.options).filter(([, meaning]) => meaning.path.join('.') === path)
  const written = defaultOf(entry.schema)
  return [
    {
      ...plain,
      name,
      aliases: [...names, ...of.map(([alias]) => alias)],
      format: formatOf(
        entry,
        of.flatMap(([, { read }]) => read ?? []),
      ),
      secret: entry.note.secret === true,
      mustDiffer: entry.note.secret === true,
      need: situation.isInFile(entry.path) ? 'optional' : needOf(path, service, situation),
      default: typeof written === 'string' || typeof written === 'number' ? String(written) : null,
      usedBy: path,
      ...own,
    },
  ]
}

/** Becket starts with nothing at all; what it needs comes from how it is divided, and from being in production. */
function needOf(path: string, service: OwnService, { isProduction }: OwnSituation): Need {
  // Processes that share no database are strangers.
  if (path === 'database.url') return service === 'becket' ? 'optional' : 'hard'
  return path === 'publicUrl' && isProduction ? 'hard' : 'optional'
}

function formatOf({ schema, path }: OptionEntry, reads: readonly ((value: string) => unknown)[]): Format {
  const accepts = (value: unknown) => schema.safeParse(value).success
  return {
    kind: 'custom',
    expected: scalarNoteOf(schema)?.expected ?? 'what `becket help` says',
    accepts: (value) =>
      accepts(value) ||
      reads.some((read) => accepts(read(value))) ||
      // Bare seconds, and keys parted by commas, are read before the schema sees them.
      (path.at(-1) === 'pollInterval' && /^\d+(\.\d+)?$/.test(value)) ||
      path.at(-1) === 'serverKeys',
  }
}

/** A file with a `${NAME}` that is not set is refused as a whole. */
function putInRules({ putIn }: OwnSituation): VariableRule[] {
  return [...putIn].map(([name, line]) => ({
    ...plain,
    name,
    secret: /key|secret|token|password/i.test(name),
    mustDiffer: /key|secret|token|password/i.test(name),
    mustEqual: true,
    need: 'hard',
    capability: 'everything: the configuration file cannot be read without it',
    usedBy: line,
  }))
}

function firstUsersRules(service: OwnService): VariableRule[] {
  const worker = service === 'worker' || service === 'becket'
  const sources = defaultSources.flatMap(({ provider, key, url }): VariableRule[] => [
    { ...plain, name: key, secret: true, mustDiffer: true, mustEqual: true, usedBy: `sources.${provider}.apiKey` },
    { ...plain, name: url, format: { kind: 'url' }, mustEqual: true, usedBy: `sources.${provider}.baseUrl` },
  ])
  const polling = Object.keys(pollingNames).map(
    (name): VariableRule => ({ ...plain, name, format: { kind: 'whole', min: 1, max: 8760 }, usedBy: 'sources' }),
  )
  const mocks: VariableRule[] = [
    { ...plain, name: 'SERVICE_MODE', inProduction: ['real', 'production'] },
    { ...plain, name: 'USE_MOCK_STORAGE', format: { kind: 'flag' }, inProduction: ['false', 'no', 'off', '0'] },
  ]
  const control = ['BECKET_CONFIG', 'BECKET_URL', 'BECKET_API_KEY'].map((name): VariableRule => ({ ...plain, name }))
  return [...sources, ...(worker ? polling : []), ...mocks, ...control]
}

/** Whether a file that was parsed says something at a path. */
export function isWritten(root: unknown, path: readonly string[]): boolean {
  let here = root
  for (const part of path) {
    if (!isMap(here) || !Object.hasOwn(here, part)) return false
    here = here[part]
  }
  return here !== undefined && here !== null
}
