/**
 * From paths on the command line to what each service was given. A file's name says whose it is: `staging/worker.env`,
 * `.env.production`, `render.yaml`. Reads files; judges nothing.
 */
import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { environmentOfWord, type ServiceEnvironment, type Setting } from '../../core/doctor/service-environment.ts'
import { readComposeFile } from './compose-file.ts'
import { readDotenv } from './dotenv-file.ts'
import type { FileReading, FoundService } from './file-reading.ts'
import { readFlyToml } from './fly-toml.ts'
import { readRenderBlueprint } from './render-blueprint.ts'

export interface FilesRequest {
  paths: readonly string[]
  cwd: string
  /** The names of the manifest. */
  services: readonly string[]
  /** Whose a file is that does not say it. */
  service: string | null
  /** Of all files; null: by their names. */
  environment: string | null
}

export interface FilesReading {
  environments: ServiceEnvironment[]
  problems: string[]
}

const readers: readonly (readonly [RegExp, (text: string, file: string) => FileReading])[] = [
  [/^render\.ya?ml$/, readRenderBlueprint],
  [/^fly(\.[\w-]+)?\.toml$/, readFlyToml],
  [/^(docker-)?compose([.-][\w.-]+)?\.ya?ml$/, readComposeFile],
  [/^\.env(\..+)?$|\.env$/, readDotenv],
]

export async function readEnvironmentFiles(request: FilesRequest): Promise<FilesReading> {
  const environments: ServiceEnvironment[] = []
  const problems: string[] = []
  for (const path of request.paths) {
    for (const file of await filesAt(path, request.cwd, problems)) {
      const reading = await readOne(file, request.cwd)
      problems.push(...reading.problems)
      for (const found of reading.found) {
        const whose = ownerOf(found, file, request)
        if (whose.service === null) {
          const names = request.services.join(', ')
          problems.push(`${shown(file, request.cwd)}: whose is it? Name it SERVICE.env, or say --service (${names})`)
          continue
        }
        if (!request.services.includes(whose.service)) continue
        const settings = new Map([...(await referredFiles(found, file, request.cwd, problems)), ...found.settings])
        add(environments, { ...whose, service: whose.service, settings, isWhole: true })
      }
    }
  }
  return { environments, problems }
}

async function filesAt(path: string, cwd: string, problems: string[]): Promise<string[]> {
  const whole = resolve(cwd, path)
  const kind = await stat(whole).catch(() => null)
  if (kind === null) {
    problems.push(`${path}: there is no such file or directory`)
    return []
  }
  if (!kind.isDirectory()) return [whole]
  const names = (await readdir(whole)).sort().filter((name) => readers.some(([pattern]) => pattern.test(name)))
  if (names.length === 0) {
    problems.push(`${path}: holds no file that is understood: SERVICE.env, render.yaml, fly.toml or compose.yaml`)
  }
  return names.map((name) => join(whole, name))
}

async function readOne(file: string, cwd: string): Promise<FileReading> {
  const name = shown(file, cwd)
  const [, read] = readers.find(([pattern]) => pattern.test(basename(file))) ?? [null, readDotenv]
  try {
    return read(await readFile(file, 'utf8'), name)
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    return { found: [], problems: [`${name}: cannot be read (${reason})`] }
  }
}

async function referredFiles(
  { envFiles }: FoundService,
  file: string,
  cwd: string,
  problems: string[],
): Promise<Map<string, Setting>> {
  const settings = new Map<string, Setting>()
  for (const path of envFiles) {
    const { found, problems: ofFile } = await readOne(resolve(dirname(file), path), cwd)
    problems.push(...ofFile)
    for (const each of found) for (const [name, setting] of each.settings) settings.set(name, setting)
  }
  return settings
}

/** What the file says, else its name, else its directory, else the command line. */
function ownerOf(found: FoundService, file: string, { services, service, environment }: FilesRequest) {
  const words = basename(file)
    .replace(/^\.env\.?|\.env$/g, '')
    .split('.')
    .filter((word) => word !== '')
  const parts = [...words, ...words.flatMap((word) => word.split(/[-_]/))]
  const named = parts.find((word) => services.includes(word)) ?? null
  const only = services.length === 1 ? (services[0] ?? null) : null
  const ofName = parts.map(environmentOfWord).find((word) => word !== null) ?? null
  return {
    service:
      serviceNamed(found.service, services) ?? (found.service === null ? named : found.service) ?? service ?? only,
    environment: environment ?? found.environment ?? ofName ?? environmentOfWord(basename(dirname(file))),
  }
}

/** `acme-worker` of a host is `worker` of the manifest, where only one name fits. */
function serviceNamed(found: string | null, services: readonly string[]): string | null {
  if (found === null || services.includes(found)) return found
  const fitting = services.filter((name) => found.split(/[-_]/).includes(name))
  return fitting.length === 1 ? (fitting[0] ?? null) : null
}

/** Several files of one service are one environment: what is read later wins. */
function add(environments: ServiceEnvironment[], next: ServiceEnvironment): void {
  const at = environments.findIndex(
    ({ service, environment }) => service === next.service && environment === next.environment,
  )
  const before = environments[at]
  if (before === undefined) environments.push(next)
  else environments[at] = { ...before, settings: new Map([...before.settings, ...next.settings]) }
}

function shown(file: string, cwd: string): string {
  const near = relative(cwd, file)
  return near.startsWith('..') ? file : near
}
