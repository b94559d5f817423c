/**
 * What Becket itself would call, by its configuration, as far as a role needs it: made ready to be asked, and closed again.
 * A configuration that is wrong in one place is asked by all the others. Starts nothing and makes no files.
 */

import { createHash } from 'node:crypto'
import { access, constants, readFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Config } from '../config/config.ts'
import type { Problem } from '../config/problem.ts'
import { createTokenKeys, type TokenKeys } from '../core/callback-token.ts'
import type { Look } from '../core/doctor/service-environment.ts'
import { silentLog } from '../observe/log.ts'
import { createSources } from '../providers/configured.ts'
import { withModules } from '../providers/module.ts'
import { providers } from '../providers/registry.ts'
import { createSinks } from '../sinks/configured.ts'
import { sinkKinds } from '../sinks/registry.ts'
import { addressOf, createStorage } from '../storage/configured.ts'
import { createFsStorage } from '../storage/fs.ts'
import type { Storage } from '../storage/storage.ts'
import { ownSecrets } from './own-secrets.ts'
import type { KeyHolder } from './probes/keys.ts'
import type { Endpoint } from './probes/machine.ts'
import type { ProbeTargets } from './probes/run-probes.ts'
import type { Dependent, Probing, Remark } from './probing.ts'
import { makeRunKey } from './run-key.ts'

export interface OwnProbingRequest {
  look: Look
  config: Config
  /** What is wrong with it: the parts that are named are not asked. */
  problems: readonly Problem[]
  /** Where the configuration gives none, or gives one that is wrong otherwise. */
  databaseUrl: string | null
  candidates: readonly string[]
}

export interface OpenProbing {
  probing: Probing
  close(): Promise<void>
}

/** What each role asks of others. */
const needs: Readonly<Record<string, readonly (keyof ProbeTargets)[]>> = {
  becket: ['database', 'storage', 'sources', 'sinks', 'callback', 'machine'],
  intake: ['database', 'callback', 'machine'],
  api: ['database', 'storage', 'machine'],
  worker: ['database', 'storage', 'sources', 'sinks', 'callback', 'machine'],
}

// As `callback-token.ts` wants it.
const SHORTEST_KEY_BYTES = 16

const WAYS_IN = 'Becket waits for what it needs, in order, and comes up when that is there.'
const OPTIONAL = 'Becket comes up without sources, storage and sinks, and pauses what needs them.'

export async function openOwnProbing(request: OwnProbingRequest): Promise<OpenProbing> {
  const { look, config, problems } = request
  const wanted = needs[look.service.name] ?? []
  const isWrong = (...path: string[]) => problems.some(({ where }) => path.some((part) => where.startsWith(part)))
  const closers: (() => Promise<void>)[] = []
  const idle: Remark[] = [{ check: 'INIT02', evidence: OPTIONAL }]
  const unaskable: Remark[] = []
  const targets: ProbeTargets = {}

  const database = databaseOf(request)
  if (database !== null) targets.database = database
  else idle.push(...noDatabase)

  if (wanted.includes('storage') && !isWrong('storage', 'documents.encryptionKey')) {
    const place = await storageOf(config)
    if (typeof place === 'string') idle.push({ check: 'STO01', evidence: place })
    else {
      closers.push(place.close)
      targets.storage = place.storage
    }
  } else if (wanted.includes('storage')) {
    unaskable.push({ check: 'STO01', evidence: 'Not asked: what is configured of the storage cannot be read.' })
  } else idle.push({ check: 'STO01', evidence: `${look.service.name} uses no storage.` })

  if (wanted.includes('sources')) {
    if (isWrong('sources', 'sinks') || problems.some(({ where }) => /\.ya?ml(:|$)/.test(where))) {
      unaskable.push({
        check: 'KEY01',
        evidence: 'Not all asked: what is configured of sources and sinks cannot be read.',
      })
    }
    const { sources, sinks, close } = await holdersOf(config)
    closers.push(close)
    targets.sources = sources
    targets.sinks = sinks
  }
  if (database === null && (targets.sources ?? []).length + (targets.sinks ?? []).length === 0) {
    idle.push({ check: 'KEY01', evidence: 'There is no key to prove.' })
  }

  const callback = wanted.includes('callback') ? await callbackOf(config) : null
  if (callback === null) idle.push({ check: 'HK02', evidence: 'No address is configured for providers to call.' })
  else if ('check' in callback) unaskable.push(callback)
  else targets.callback = callback

  const endpoints = endpointsOf(config, targets)
  targets.machine = { dataDir: await nearestThere(config.dataDir), endpoints }
  return {
    probing: {
      look,
      targets: { ...targets },
      dependents: dependentsOf(request),
      idle,
      unaskable,
      start: WAYS_IN,
      weigh: ({ code }) =>
        code === 'DB05'
          ? { severity: 'warning', consequence: 'It works, and finds what waits by asking: some seconds later.' }
          : {},
      secrets: ownSecrets(config, look),
    },
    async close() {
      await Promise.all(closers.map((close) => close()))
    },
  }
}

function databaseOf({ config, problems, databaseUrl, candidates }: OwnProbingRequest): ProbeTargets['database'] | null {
  const [first, ...others] = [...new Set([databaseUrl, ...candidates].filter((url) => url !== null))]
  if (first === undefined) return null
  const { schema, poolSize } = config.database
  const isKnown = !problems.some(({ where }) => where.startsWith('database'))
  return { url: first, candidates: others, schema, ...(isKnown && { wantedConnections: poolSize }) }
}

const OWN_DATABASE = 'No database is configured: Becket runs one of its own below its data directory.'
const noDatabase = (['DB01', 'DB07', 'DB08', 'DB11', 'DB12', 'NET01', 'NET02'] as const).map(
  (check): Remark => ({ check, evidence: OWN_DATABASE }),
)

function dependentsOf({ config, databaseUrl, look }: OwnProbingRequest): Record<string, Dependent> {
  const holder = (section: string, id: string, what: string): [string, Dependent] => [
    `${section.slice(0, -1)} ${id}`,
    { subject: `${section}.${id}`, isHard: false, capability: `${what} ${id}` },
  ]
  return {
    database: { subject: databaseUrl === null ? '--candidate' : nameOfDatabase(look), isHard: true, capability: null },
    storage: { subject: `storage (${config.storage.kind})`, isHard: false, capability: 'reading and writing files' },
    callback: { subject: 'publicUrl', isHard: false, capability: 'callbacks' },
    machine: { subject: 'this machine', isHard: false, capability: null },
    ...Object.fromEntries(Object.keys(config.sources).map((id) => holder('sources', id, 'what is handed to'))),
    ...Object.fromEntries(Object.keys(config.sinks).map((id) => holder('sinks', id, 'deliveries to'))),
  }
}

function nameOfDatabase({ service, environment }: Look): string {
  const rule = service.variables.find(({ usedBy }) => usedBy === 'database.url')
  const names = rule === undefined ? [] : [rule.name, ...rule.aliases]
  return names.find((name) => environment.settings.has(name)) ?? 'database.url'
}

/** Text: why there is nothing to ask. */
async function storageOf(config: Config): Promise<{ storage: Storage; close(): Promise<void> } | string> {
  // Before the first start there is no place for files yet; whether it can be made is all that can be known.
  if (config.storage.kind === 'fs' && !(await isThere(config.dataDir))) {
    const near = await nearestThere(config.dataDir)
    const mayWrite = await access(near, constants.W_OK).then(
      () => true,
      () => false,
    )
    if (mayWrite) return `Files will lie in ${config.dataDir}, which the first start makes.`
  }
  const { storage, open, close } = createStorage(config, { log: silentLog })
  // What keeps its directory from being made, the canary tells.
  await open().catch(() => {})
  return { storage, close }
}

async function holdersOf(config: Config) {
  const known = await withModules(providers, config.sources)
  const { sources, close: closeSources } = createSources({ configs: config.sources, providers: known, log: silentLog })
  // No key is proven by it, and the configured one may be wrong.
  const storage = createFsStorage({ directory: join(config.dataDir, 'objects') })
  const { sinks, close: closeSinks } = createSinks({
    configs: config.sinks,
    kinds: sinkKinds,
    // Tells accounts apart within this run; nothing is kept of it.
    fingerprintKey: Buffer.from(makeRunKey()).toString('hex'),
    tools: {
      storage,
      link: () => Promise.reject(new Error('the doctor hands out no links')),
      async *chunks() {},
      // One question to each, whatever the others do.
      pace: () => ({ take: async () => ({ granted: true, waitMs: 0 }), pause: async () => {} }),
      log: silentLog,
      now: Date.now,
    },
  })
  const isAsked = ({ enabled }: { enabled: boolean }) => enabled
  return {
    sources: [...sources.values()]
      .filter(isAsked)
      .map(({ id, provider, enabled, api }): KeyHolder => ({ id, kind: provider, enabled, api })),
    sinks: [...sinks.values()].filter(isAsked),
    async close() {
      await Promise.all([closeSources(), closeSinks()])
    },
  }
}

async function callbackOf(config: Config): Promise<NonNullable<ProbeTargets['callback']> | Remark | null> {
  const { publicUrl, environment } = config
  if (publicUrl === null) return null
  const keys = await tokenKeysOf(config)
  if (keys !== null) return { publicUrl, keys, environment }
  const evidence = 'Not asked: the data directory holds no server key to ask with; the first start makes one.'
  return { check: 'HK02', evidence }
}

/** Those of the configuration, else the one that the first start made; makes none. */
async function tokenKeysOf({ serverKeys, dataDir }: Config): Promise<TokenKeys | null> {
  if (serverKeys.length > 0) {
    return createTokenKeys(serverKeys.map(({ id, key }) => ({ id, key: Buffer.from(key) })))
  }
  const text = await readFile(join(dataDir, 'server.key'), 'utf8').catch(() => '')
  const key = Buffer.from(text.trim(), 'hex')
  if (key.length < SHORTEST_KEY_BYTES) return null
  return createTokenKeys([{ id: createHash('sha256').update(key).digest('hex').slice(0, 8), key }])
}

function endpointsOf({ sources, storage }: Config, targets: ProbeTargets): Endpoint[] {
  const urls = [
    ...(targets.sources === undefined ? [] : Object.values(sources).map(({ baseUrl }) => baseUrl)),
    ...(targets.storage === undefined ? [] : [addressOf(storage)]),
  ]
  return urls.flatMap((url): Endpoint[] => {
    if (url === null || !URL.canParse(url)) return []
    const { hostname, port, protocol } = new URL(url)
    return [{ host: hostname, port: Number(port || (protocol === 'http:' ? 80 : 443)) }]
  })
}

/** The directory itself, or the one that it will be made in. */
async function nearestThere(path: string): Promise<string> {
  return (await isThere(path)) || dirname(path) === path ? path : nearestThere(dirname(path))
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
