/**
 * What this process calls: its sources, its storage and its sinks, each by its own guarded way out, and what keeps it from
 * calling them too often. Makes them; whether they can be reached is the start's to find out.
 */
import type { Config } from './config/config.ts'
import { createFeatures, isOn } from './core/feature.ts'
import type { Db } from './db/db.ts'
import { createCheckBudgets } from './engine/check-budgets.ts'
import { createLearning } from './engine/learning.ts'
import { createRequestLog } from './engine/request-log.ts'
import type { Identity } from './identity.ts'
import type { Started } from './lifecycle.ts'
import type { SettleRules } from './moves/settlement.ts'
import type { Log } from './observe/log.ts'
import { createSources } from './providers/configured.ts'
import { withModules } from './providers/module.ts'
import { providers } from './providers/registry.ts'
import { createEndings } from './services/endings.ts'
import { createSinks } from './sinks/configured.ts'
import { sinkKinds } from './sinks/registry.ts'
import { type Pauses, pauseGates } from './startup/paused-gates.ts'
import { createStorage } from './storage/configured.ts'
import { createFileLinks } from './storage/file-links.ts'
import { createBreakers } from './store/breakers.ts'
import { readAllChunks } from './store/chunks.ts'
import { createPaces } from './store/pace.ts'

export interface DependencyOptions {
  db: Db
  identity: Identity
  publicUrl: () => string
  /** What the start has found to be away. */
  pauses: Pauses
  started: Started
  log: Log
}

export type Dependencies = Awaited<ReturnType<typeof createDependencies>>

/** Throws what only another configuration can mend. */
export async function createDependencies(config: Config, options: DependencyOptions) {
  const { db, identity, publicUrl, pauses, started, log } = options
  const paces = createPaces({ db, log })
  const known = await withModules(providers, config.sources)
  const requests = createRequestLog({ db, log })
  // Noted before whatever makes requests, and so stopped after it.
  started('request log', requests.stop)
  const { sources, close: closeSources } = createSources({
    configs: config.sources,
    providers: known,
    log,
    pace: paces.gate,
    record: requests.record,
  })
  started('sources', closeSources)
  const { storage, open: openStorage, close: closeStorage } = createStorage(config, { log, record: requests.record })
  started('storage', closeStorage)
  const links = createFileLinks({ storage, keys: identity.keys, publicUrl, isPublic: config.publicUrl !== null })
  const { sinks, close: closeSinks } = createSinks({
    configs: config.sinks,
    kinds: sinkKinds,
    fingerprintKey: identity.fingerprintKey,
    record: requests.record,
    tools: {
      storage,
      link: links.urlFor,
      chunks: (documentId) => readAllChunks(db, documentId),
      pace: paces.gate,
      log,
      now: Date.now,
    },
  })
  started('sinks', closeSinks)
  const features = createFeatures(config.features)
  const appliesTo = (subject: string | undefined) =>
    subject === undefined ? isOn(config.features.breakers) : features.has('breakers', subject)
  const breakers = pauseGates(createBreakers({ db, log, appliesTo }), pauses)
  const budgets = createCheckBudgets({
    perMinuteOf: (source) => config.sources[source]?.checksPerMinute ?? null,
    pace: paces.gate,
    random: Math.random,
  })
  const providerOf = (source: string) => sources.get(source)?.provider
  const learning = createLearning({ db, providerOf, pressure: budgets.pressure, log })
  started('learning', learning.stop)
  const endings = createEndings({ db, log })
  const rules = { ...rulesOf(config), learning, recorded: endings.recorded, ended: endings.ended }
  return {
    requests,
    sources,
    storage,
    openStorage,
    sinks,
    paces,
    breakers,
    features,
    budgets,
    learning,
    endings,
    rules,
  }
}

/** How often, and after how long, what failed is tried again. */
function rulesOf({ worker }: Config): SettleRules {
  const retry = { maxRetries: worker.maxRetries, baseMs: worker.retryBaseMs, capMs: worker.retryCapMs }
  return { retry, random: Math.random }
}
