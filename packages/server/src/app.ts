/**
 * Becket, wired: sources, storage, pipelines, the engine that works and the HTTP that listens. The only place that knows
 * all the rooms. Starts in order, stops in the opposite one.
 */
import { fileURLToPath } from 'node:url'
import type { Config } from './config/config.ts'
import { fingerprintConfig } from './config/fingerprint.ts'
import { makeCallbackToken } from './core/callback-token.ts'
import { openDatabase } from './database.ts'
import { createSignals } from './db/listen.ts'
import { createEngine } from './engine/engine.ts'
import type { Service } from './engine/loop.ts'
import { createRecorder } from './engine/recorder.ts'
import { createRequestLog } from './engine/request-log.ts'
import { type Installation, openInstallation } from './installation.ts'
import { createGroupCommit } from './intake/group-commit.ts'
import { createIntake } from './intake/receive.ts'
import { createLifecycle, type Started } from './lifecycle.ts'
import type { Log } from './observe/log.ts'
import { createMetrics } from './observe/metrics.ts'
import { createPipelines } from './pipelines/pipelines.ts'
import { createSources } from './providers/configured.ts'
import { importProvider, withModules } from './providers/module.ts'
import { providers } from './providers/registry.ts'
import { roomOf, type Source } from './providers/sources.ts'
import { release } from './release.ts'
import { createServices } from './services/configured.ts'
import { createSinks } from './sinks/configured.ts'
import { sinkKinds } from './sinks/registry.ts'
import { createStorage } from './storage/configured.ts'
import { createFileLinks } from './storage/file-links.ts'
import { createBreakers } from './store/breakers.ts'
import { readAllChunks } from './store/chunks.ts'
import { noRoom } from './store/handover.ts'
import type { Place } from './store/held-back.ts'
import { newId } from './store/new-id.ts'
import { createPaces } from './store/pace.ts'
import { readLanes } from './store/standing.ts'
import { lanes } from './store/wakeups.ts'

export { importProvider, openDatabase, providers, sinkKinds }

const DASHBOARD = fileURLToPath(new URL('../public', import.meta.url))

export interface App {
  start(): Promise<void>
  /** In order; may be called while starting, and twice. */
  stop(): Promise<void>
  /** Where it listens, `http://127.0.0.1:7400`; null while it does not. */
  readonly address: string | null
  /** Null before it started. */
  readonly adminKey: Installation['adminKey'] | null
}

export function createApp(config: Config, { log, onFatal }: { log: Log; onFatal?: (error: Error) => void }): App {
  const serves = (role: 'intake' | 'api' | 'worker') => config.roles.includes(role)
  let address: string | null = null
  let adminKey: App['adminKey'] = null

  async function start(started: Started): Promise<void> {
    // Loaded while the database starts: that is another process's work, and a first one takes a second.
    const loadingHttp = import('./http/http.ts')
    // A failure is told where it is waited for, and only if nothing else failed before.
    loadingHttp.catch(() => {})
    const installation = await openInstallation(config, { log, started, onLost: fail })
    const { database, identity } = installation
    const { db } = database
    const paces = createPaces({ db, log })
    adminKey = installation.adminKey

    const publicUrl = () => config.publicUrl ?? address ?? `http://${config.host}:${config.port}`
    const callbackUrl = (source: Source, expectationId: string) =>
      `${publicUrl()}/in/${source.id}/t/${makeCallbackToken(identity.tokenKeys, expectationId)}`
    const known = await withModules(providers, config.sources)
    const requests = createRequestLog({ db, log })
    // Noted before whatever makes requests, and so stopped after it.
    started('request log', requests.stop)
    await requests.start()
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
    await openStorage()
    const signals = createSignals({ url: database.url, db, log })
    started('signals', signals.stop)
    // Not waited for: polling finds the work meanwhile, and behind a pooler it takes seconds to tell that nothing is heard.
    void signals.start()
    const breakers = createBreakers({ db, log })
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
    const rules = rulesOf(config)

    const instanceId = newId('instance')
    const engine = serves('worker')
      ? createEngine({
          db,
          owner: instanceId,
          sources,
          breakers,
          sinks,
          pipelines: createPipelines({
            db,
            storage,
            breakers,
            sources,
            documents: config.documents,
            videos: config.videos,
          }),
          rules,
          asks: config.recovery.enabled,
          slots: config.worker.slots,
          pollMs: config.worker.pollIntervalMs,
          callbackUrl,
          notify: signals.notify,
          log,
        })
      : null
    const isLimited = ({ source, operation }: Place) => roomOf(sources, source, operation) !== null
    const room = engine?.room ?? { ...noRoom(signals.notify), isLimited }
    for (const lane of lanes) signals.subscribe(lane, () => engine?.poke(lane))

    const running: Service[] = [requests, ...(engine?.services ?? [])]
    const services = createServices({
      config,
      db,
      room,
      sources,
      sinks,
      rules,
      breakers,
      paces,
      storage,
      identity,
      publicUrl,
      callbackUrl,
      release,
      running: () => running,
      log,
    })
    const recorder = createRecorder({
      db,
      log,
      instance: {
        id: instanceId,
        roles: config.roles,
        release,
        configuration: fingerprintConfig(config, identity.fingerprintKey),
        tokenKey: identity.tokenKeys.signing,
      },
      services: () => running,
    })
    running.push(recorder)
    await recorder.start()
    started('recorder', recorder.stop)

    const commit = createGroupCommit({ db, room })
    const metrics = createMetrics({ readLanes: () => readLanes(db) })
    const { createHttp } = await loadingHttp
    const http = createHttp({
      services,
      intake: serves('intake')
        ? createIntake({
            sources,
            tokenKeys: identity.tokenKeys,
            publicUrl,
            store: (callback) => commit.add(callback),
            refusedBytesPerSource: config.intake.refusedBytesPerSource,
            log,
          })
        : null,
      intakePaths: [...sources.values()].flatMap(({ id, paths }) =>
        paths.map((template) => ({ source: id, template })),
      ),
      servesApi: serves('api'),
      log,
      limits: httpLimits(config),
      dashboardDirectory: DASHBOARD,
      metrics: metrics.page,
      observe: metrics.observe,
      release,
    })
    // Noted before HTTP, and so stopped after it: nothing new comes while the rest ends.
    started('engine', async () => engine?.stop())
    started('intake', () => commit.drain())
    started('http', () => http.close())
    // It listens before any work goes on: what is submitted must be able to call back, at an address that is known.
    address = await http.listen({ host: config.host, port: config.port })
    await engine?.start()
    log.info({ instanceId, roles: config.roles, address, release, dataDir: config.dataDir }, 'becket started')
  }

  function fail(error: Error): void {
    log.error({ err: error }, 'the database was lost; stopping')
    if (onFatal !== undefined) {
      onFatal(error)
      return
    }
    process.exitCode = 69
    void lifecycle.stop()
  }

  const lifecycle = createLifecycle({ log, start })
  return {
    start: lifecycle.start,
    async stop() {
      await lifecycle.stop()
      address = null
    },
    get address() {
      return address
    },
    get adminKey() {
      return adminKey
    },
  }
}

function rulesOf({ worker }: Config) {
  const retry = { maxRetries: worker.maxRetries, baseMs: worker.retryBaseMs, capMs: worker.retryCapMs }
  return { retry, random: Math.random }
}

function httpLimits({ intake, documents }: Config) {
  return {
    maxCallbackBytes: intake.maxBodyBytes,
    maxRequestBytes: 1024 * 1024,
    maxDocumentBytes: documents.maxBytes,
    maxHeaderBytes: intake.maxHeaderBytes,
    headersTimeoutMs: Math.min(10_000, intake.requestTimeoutMs),
    requestTimeoutMs: intake.requestTimeoutMs,
    uploadTimeoutMs: Math.max(120_000, intake.requestTimeoutMs),
  }
}
