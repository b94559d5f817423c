/**
 * Puts the configuration together: defaults, then the file, then the environment, then the command line. Tells all that
 * is wrong at once. Starts nothing and writes nothing.
 */
import { readFile } from 'node:fs/promises'
import { isAbsolute, relative, resolve } from 'node:path'
import type { z } from 'zod'
import { readStorage } from './chosen-storage.ts'
import { type Config, toConfig } from './config.ts'
import { chooseSource, crossCheck } from './cross-check.ts'
import { readVariables } from './dotenv.ts'
import { createDraft, type Draft, isMap, pathText } from './draft.ts'
import { readOwnNames } from './environment.ts'
import { type NameNote, readFirstUsersNames } from './first-users.ts'
import { addDefaultSources, readPollingTimes } from './first-users-sources.ts'
import { problemsOf } from './issue.ts'
import type { Origin } from './origin.ts'
import { ConfigurationError, type Problem } from './problem.ts'
import { directoryOf, readProviderModules } from './provider-modules.ts'
import { configSchema, type Options } from './schema.ts'
import { namesIn } from './schema-names.ts'
import type { SinkRegistry } from './sink-config.ts'
import { checkDeliverTo, readSinks } from './sinks.ts'
import type { ProviderImport, ProviderRegistry } from './source-config.ts'
import { readSources } from './sources.ts'
import { readYaml, type YamlFile } from './yaml-file.ts'

export interface LoadRequest {
  /** As the command line gave them; the names are those of the options, and `config` is the path of the file. */
  flags?: { config?: string; port?: string; dataDir?: string; roles?: string }
  env: Record<string, string | undefined>
  cwd: string
  providers: ProviderRegistry
  sinkKinds: SinkRegistry
  /** Absent: no modules of the user's own are loaded. */
  importProvider?: ProviderImport
}

export interface LoadedConfig {
  config: Config
  /** As the schema gave them, for `print.ts`. */
  options: Options
  /** The file that was read; null when there is none. */
  file: string | null
  originOf(path: readonly (string | number)[]): Origin
  /** The options of the provider at `sources.<id>`, or of the kind at `sinks.<id>`: they say what is secret. */
  ownOptionsOf(at: readonly string[]): z.ZodType | null
  /** The first users' names that are set, and what became of them. */
  names: NameNote[]
  /** What works and is probably not meant. */
  warnings: string[]
}

const DEFAULT_FILE = 'becket.yaml'

/** Throws a `ConfigurationError` that lists every problem. */
export async function loadConfig(request: LoadRequest): Promise<LoadedConfig> {
  const { loaded, problems } = await readConfig(request)
  if (problems.length > 0) throw new ConfigurationError(problems)
  return loaded
}

/** As far as it can be read, for looking only: what is wrong has its default there, and nobody may start with that. */
export async function readConfig(request: LoadRequest): Promise<{ loaded: LoadedConfig; problems: Problem[] }> {
  const { flags = {}, env, cwd, sinkKinds, importProvider } = request
  const variables = await readVariables(env, cwd)
  const draft = createDraft()
  const file = await findFile(flags.config ?? variables.get('BECKET_CONFIG'), cwd)
  const problems: Problem[] = file === null ? [] : readYaml(file, variables, draft)
  const names = readFirstUsersNames(variables, draft)
  names.push(
    ...addDefaultSources(
      variables,
      draft,
      request.providers.map((provider) => provider.name),
    ),
  )
  const polling = readPollingTimes(variables)
  names.push(...polling.notes)
  problems.push(...polling.problems)
  const warnings = readOwnNames(variables, draft)
  for (const name of ['port', 'dataDir', 'roles'] as const) {
    if (flags[name] !== undefined) draft.set([name], flags[name], { kind: 'flag', name: flagName(name) })
  }

  const parsed = configSchema.safeParse(draft.root)
  if (!parsed.success) {
    const namesAt = (path: readonly (string | number)[]) => namesIn(configSchema, path)
    problems.push(...problemsOf(parsed.error, { draft, at: [], namesAt }))
  }
  const directory = directoryOf(file?.name ?? null, cwd)
  const modules = { providers: request.providers, importProvider, directory }
  const { providers, problems: ofModules } = await readProviderModules(draft, modules)
  problems.push(...ofModules)
  const { sources, filled, problems: ofSources } = readSources(draft, polling.times, providers)
  problems.push(...ofSources)
  const { sinks, filled: filledSinks, problems: ofSinks } = readSinks(draft, sinkKinds)
  problems.push(...ofSinks)
  const options = parsed.success ? parsed.data : withoutWrongOnes(draft, parsed.error)
  const { storage, problems: ofStorage } = readStorage(options, draft)
  const around = { sources, providers, draft }
  const parse = chooseSource('parse', options.documents.parse, ['documents', 'parse'], around)
  const embed = chooseSource('embed', options.documents.embed.source, ['documents', 'embed', 'source'], around)
  const render = chooseSource('combine', options.videos.render, ['videos', 'render'], around)
  const crossed = crossCheck({ options, sources, draft, variables })
  for (const of of ['documents', 'videos'] as const) {
    problems.push(...checkDeliverTo(options[of].deliverTo, [of, 'deliverTo'], { draft, sinks }))
  }
  problems.push(...ofStorage, ...parse.problems, ...embed.problems, ...render.problems, ...crossed.problems)

  const loaded: LoadedConfig = {
    config: toConfig(options, { cwd, storage, sources, sinks, parse: parse.id, embed: embed.id, render: render.id }),
    options,
    file: file?.name ?? null,
    originOf: originIn(draft, new Map([...filled, ...filledSinks])),
    ownOptionsOf: ([section, id = '']) => {
      const kind = section === 'sinks' ? sinks[id]?.kind : sources[id]?.provider
      const known = section === 'sinks' ? sinkKinds : providers
      return known.find(({ name }) => name === kind)?.options ?? null
    },
    names: names.sort((one, other) => one.name.localeCompare(other.name)),
    warnings: [...warnings, ...crossed.warnings],
  }
  return { loaded, problems: inOrder(problems) }
}

/** The right sections with the defaults of the wrong ones, so that what spans several is judged in the same run. */
function withoutWrongOnes(draft: Draft, error: z.ZodError): Options {
  const wrong = error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys' && issue.path.length === 0 ? issue.keys : [issue.path[0]],
  )
  const right = Object.entries(isMap(draft.root) ? draft.root : {}).filter(([key]) => !wrong.includes(key))
  return configSchema.parse(Object.fromEntries(right))
}

function originIn(draft: Draft, filled: ReadonlyMap<string, Origin>): LoadedConfig['originOf'] {
  return (path) => {
    const own = filled.get(pathText(path))
    if (own !== undefined) return own
    return draft.get(path) === undefined ? { kind: 'default' } : (draft.originOf(path) ?? { kind: 'default' })
  }
}

const flagName = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)

async function findFile(named: string | undefined, cwd: string): Promise<YamlFile | null> {
  const path = resolve(cwd, named ?? DEFAULT_FILE)
  const fromHere = relative(cwd, path)
  const name = fromHere.startsWith('..') || isAbsolute(fromHere) ? path : fromHere
  try {
    return { name, text: await readFile(path, 'utf8') }
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    if (reason === 'ENOENT' && named === undefined) return null
    const what =
      reason === 'ENOENT' ? 'there is no such file; check --config and BECKET_CONFIG' : `cannot be read (${reason})`
    throw new ConfigurationError([{ where: name, what, origin: null }])
  }
}

/** By file and line where there is one, so that they are mended from top to bottom. */
function inOrder(problems: readonly Problem[]): Problem[] {
  const line = ({ origin, where }: Problem) =>
    origin?.kind === 'file'
      ? origin.line
      : origin === null
        ? Number(/:(\d+)/.exec(where)?.[1] ?? 0)
        : Number.MAX_SAFE_INTEGER
  return [...problems].sort((one, other) => line(one) - line(other))
}
