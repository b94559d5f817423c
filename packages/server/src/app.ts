/**
 * Becket, wired: database, identity, sources, storage, pipelines, the engine that works and the HTTP that listens.
 * The only place that knows all the rooms. Starts in order, stops in the opposite one.
 */
import { fileURLToPath } from 'node:url'
import type { Config } from './config/config.ts'
import { fingerprintConfig } from './config/fingerprint.ts'
import { makeCallbackToken } from './core/callback-token.ts'
import { openDataDirectory } from './data-directory.ts'
import { type OpenDatabase, openDatabase } from './database.ts'
import { createSignals } from './db/listen.ts'
import { migrate } from './db/migrate.ts'
import { createEngine } from './engine/engine.ts'
import type { Service } from './engine/loop.ts'
import { createRecorder } from './engine/recorder.ts'
import { createHttp } from './http/http.ts'
import { ensureAdminKey, readIdentity, requireSharedKeys } from './identity.ts'
import { createGroupCommit } from './intake/group-commit.ts'
import { createIntake } from './intake/receive.ts'
import type { Log } from './observe/log.ts'
import { createMetrics } from './observe/metrics.ts'
import { createPipelines } from './pipelines/pipelines.ts'
import { createSources } from './providers/configured.ts'
import { providers } from './providers/registry.ts'
import type { Source } from './providers/sources.ts'
import { release } from './release.ts'
import { createServices } from './services/configured.ts'
import { createStorage } from './storage/configured.ts'
import { createBreakers } from './store/breakers.ts'
import { noRoom } from './store/handover.ts'
import { newId } from './store/new-id.ts'
import { ensurePartitions } from './store/partitions.ts'
import { readLanes } from './store/standing.ts'
import { freeAllWakeups, lanes } from './store/wakeups.ts'

export { openDatabase, providers }

const DASHBOARD = fileURLToPath(new URL('../public', import.meta.url))

export interface App {
  start(): Promise<void>
  /** In order; may be called while starting, and twice. */
  stop(): Promise<void>
  /** Where it listens, `http://127.0.0.1:7400`; null before it started. */
  readonly address: string | null
  /** The admin key of this data directory, and whether it was made just now; null before it started. */
  readonly adminKey: { secret: string; isNew: boolean } | null
}

export function createApp(config: Config, { log, onFatal }: { log: Log; onFatal?: (error: Error) => void }): App {
  /** What was started, to be stopped from its end. */
  const started: { name: string; stop: () => Promise<void> }[] = []
  const serves = (role: 'intake' | 'api' | 'worker') => config.roles.includes(role)
  let address: string | null = null
  let adminKey: App['adminKey'] = null
  let starting: Promise<void> | undefined
  let stopping: Promise<void> | undefined

  async function start(): Promise<void> {
    const directory = await openDataDirectory(config.dataDir)
    const database = await openDatabase(config, { log, onLost: (error) => fail(error) })
    started.push({ name: 'database', stop: database.close })
    const { db } = database
    await migrate(db, { log })
    await ensurePartitions(db)
    const identity = await readIdentity(config, directory)
    await requireSharedKeys(db, identity)
    adminKey = await ensureAdminKey(db, config, directory)
    await freeWhatTheDeadHeld(database)

    const publicUrl = () => config.publicUrl ?? address ?? `http://${config.host}:${config.port}`
    const callbackUrl = (source: Source, expectationId: string) =>
      `${publicUrl()}/in/${source.id}/t/${makeCallbackToken(identity.tokenKeys, expectationId)}`
    const configured = createSources({ configs: config.sources, providers, log })
    started.push({ name: 'sources', stop: configured.close })
    const { sources } = configured
    const breakers = createBreakers({ db, log })
    const { storage, open: openStorage, close: closeStorage } = createStorage(config, { log })
    started.push({ name: 'storage', stop: closeStorage })
    await openStorage()
    const { worker } = config
    const rules = {
      retry: { maxRetries: worker.maxRetries, baseMs: worker.retryBaseMs, capMs: worker.retryCapMs },
      random: Math.random,
    }
    const signals = createSignals({ url: database.url, db, log })
    await signals.start()
    started.push({ name: 'signals', stop: signals.stop })

    const instanceId = newId('instance')
    const engine = serves('worker')
      ? createEngine({
          db,
          owner: instanceId,
          sources,
          breakers,
          pipelines: createPipelines({ db, storage, breakers, sources, documents: config.documents }),
          rules,
          asks: config.recovery.enabled,
          slots: worker.slots,
          pollMs: worker.pollIntervalMs,
          callbackUrl,
          notify: signals.notify,
          log,
        })
      : null
    const room = engine?.room ?? noRoom(signals.notify)
    for (const lane of lanes) signals.subscribe(lane, () => engine?.poke(lane))

    const running: Service[] = [...(engine?.services ?? [])]
    const services = createServices({
      config,
      db,
      room,
      sources,
      rules,
      breakers,
      storage,
      identity,
      publicUrl,
      callbackUrl,
      release,
      running: () => running,
      log,
    })
    const commit = createGroupCommit({ db, room })
    const metrics = createMetrics({ readLanes: () => readLanes(db) })
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
    started.push({ name: 'recorder', stop: recorder.stop })
    if (engine !== null) {
      await engine.start()
      started.push({ name: 'engine', stop: engine.stop })
    }
    started.push({ name: 'intake', stop: () => commit.drain() })
    // Last, so that whoever gets an answer gets a whole one; first to stop, so that nothing new comes meanwhile.
    address = await http.listen({ host: config.host, port: config.port })
    started.push({ name: 'http', stop: async () => void (await http.close()) })
    log.info({ instanceId, roles: config.roles, address, release, dataDir: config.dataDir }, 'becket started')
  }

  /** Nobody but us uses the embedded database: what it says is held was held by a process that died. */
  async function freeWhatTheDeadHeld({ db, isOurs }: OpenDatabase): Promise<void> {
    const freed = isOurs ? await freeAllWakeups(db) : 0
    if (freed > 0) log.warn({ freed }, 'the process before this one died at work; its work goes on')
  }

  function fail(error: Error): void {
    log.error({ err: error }, 'the database was lost; stopping')
    if (onFatal !== undefined) {
      onFatal(error)
      return
    }
    process.exitCode = 69
    void app.stop()
  }

  async function stop(): Promise<void> {
    await starting?.catch(() => {})
    for (let last = started.pop(); last !== undefined; last = started.pop()) {
      const beganMs = performance.now()
      // One that cannot stop must not keep the others running.
      await last
        .stop()
        .catch((error: unknown) => log.error({ part: last?.name, err: error }, 'a part did not stop in order'))
      log.debug({ part: last.name, tookMs: Math.round(performance.now() - beganMs) }, 'stopped')
    }
    address = null
  }

  const app: App = {
    start: () => {
      starting ??= start()
      return starting
    },
    stop: () => {
      stopping ??= stop()
      return stopping
    },
    get address() {
      return address
    },
    get adminKey() {
      return adminKey
    },
  }
  return app
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
