/**
 * Becket, wired: sources, storage, pipelines, the engine that works and the HTTP that listens. The only place that knows
 * all the rooms. Starts in order, stops in the opposite one.
 */
import type { Config } from './config/config.ts'
import { fingerprintConfig } from './config/fingerprint.ts'
import type { Setting } from './config/settings.ts'
import { makeCallbackToken } from './core/callback-token.ts'
import { createDatabase, openDatabase } from './database.ts'
import { createSignals } from './db/listen.ts'
import { createDatabaseWatch } from './db/watch.ts'
import { createDependencies } from './dependencies.ts'
import { CANARY, createCanary } from './engine/canary.ts'
import type { Service } from './engine/loop.ts'
import { createProcessFacts } from './engine/process-facts.ts'
import { createRecorder } from './engine/recorder.ts'
import { createFace } from './face.ts'
import { type Installation, openInstallation } from './installation.ts'
import { createLifecycle, type Started } from './lifecycle.ts'
import type { Log } from './observe/log.ts'
import { importProvider } from './providers/module.ts'
import { providers } from './providers/registry.ts'
import type { Source } from './providers/sources.ts'
import { release } from './release.ts'
import { createServices } from './services/configured.ts'
import { sinkKinds } from './sinks/registry.ts'
import { createPromise } from './startup/open-promise.ts'
import { refusalOf, showStartup } from './startup/shown.ts'
import { createStartup, type StartupEvent, type StartupOptions } from './startup/startup.ts'
import { type StepParts, stepsOf } from './startup/steps.ts'
import { newId } from './store/new-id.ts'
import { lanes } from './store/wakeups.ts'
import { createWork } from './work.ts'

export { importProvider, openDatabase, providers, sinkKinds }

export interface App {
  /** Resolves when all that is hard is there; it listens, and says what is missing, long before. */
  start(): Promise<void>
  /** In order; may be called while starting, and twice. */
  stop(): Promise<void>
  /** Where it listens, `http://127.0.0.1:7400`; null while it does not. */
  readonly address: string | null
  /** Null before it started. */
  readonly adminKey: Installation['adminKey']
}

export interface AppOptions {
  log: Log
  /** What it was configured with, by name, for comparing it with others; absent: nothing is told. */
  settings?: readonly Setting[]
  /** It cannot go on; whoever made it is to stop it. */
  onFatal?: (error: Error) => void
  /** Told how the start goes, step by step. */
  onStep?: (event: StartupEvent) => void
  /** Other times than the usual ones. */
  startup?: Pick<StartupOptions, 'retry' | 'slowAfterMs'> & Pick<StepParts, 'timeLimitsMs'>
}

export function createApp(config: Config, options: AppOptions): App {
  const { log, onFatal } = options
  const serves = (role: 'intake' | 'api' | 'worker') => config.roles.includes(role)
  let address: string | null = null
  let installation: Installation | null = null

  async function start(started: Started, stopping: AbortSignal): Promise<void> {
    // Loaded while the database starts: that is another process's work, and a first one takes a second.
    const loadingHttp = import('./http/http.ts')
    // A failure is told where it is waited for, and only if nothing else failed before.
    loadingHttp.catch(() => {})
    const database = createDatabase(config, { log, onLost: fail })
    started('database', database.close)
    const { db } = database
    installation = await openInstallation(config, { database, log })
    const { identity } = installation
    const publicUrl = () => config.publicUrl ?? address ?? `http://${config.host}:${config.port}`
    const callbackUrl = (source: Source, expectationId: string) =>
      `${publicUrl()}/in/${source.id}/t/${makeCallbackToken(identity.tokenKeys, expectationId)}`
    const dependencies = await createDependencies(config, {
      db,
      identity,
      publicUrl,
      pauses: { tried: (step) => startup.tried(step), pausedUntil: (step) => startup.pausedUntil(step) },
      started,
      log,
    })
    const { requests, storage, openStorage, features, learning } = dependencies
    const listening = createPromise()
    const startup = createStartup({
      ...options.startup,
      steps: stepsOf({
        config,
        database,
        installation,
        storage: { storage, open: openStorage },
        sinkKinds,
        work,
        timeLimitsMs: options.startup?.timeLimitsMs,
      }),
      roles: config.roles,
      log,
      onEvent: options.onStep,
    })
    stopping.addEventListener('abort', startup.stop, { once: true })
    stopping.addEventListener('abort', database.closeIfSilent, { once: true })
    stopping.throwIfAborted()
    const ready = startup.start()
    // It is waited for below, unless it cannot even listen.
    ready.catch(() => {})

    const signals = createSignals({ url: database.url, db, log })
    started('signals', signals.stop)
    const instanceId = newId('instance')
    const view = showStartup(startup, instanceId)
    const { reached, engine, room, commit, caller, leases, spooler, ...works } = await createWork(config, {
      database,
      identity,
      dependencies,
      owner: instanceId,
      callbackUrl,
      notify: signals.notify,
      notReady: () => refusalOf(startup),
      started,
      log,
    })
    for (const lane of lanes) signals.subscribe(lane, () => engine?.poke(lane))
    const running: Service[] = [requests, learning, ...works.services]
    const watch = createDatabaseWatch({ answers: database.answers })
    started('database watch', async () => watch.stop())
    // For those that somebody waits for.
    const asked = watch.impatient(db)
    const services = createServices({
      ...dependencies,
      config,
      db: asked,
      room,
      commit,
      caller,
      identity,
      publicUrl,
      callbackUrl,
      release,
      instanceId,
      record: requests.record,
      running: () => running,
      startup: view,
      spool: () => spooler?.standing() ?? null,
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
      facts: createProcessFacts(config, options.settings ?? [], identity.fingerprintKey),
      services: () => running,
      standing: () => ({ startup: { paused: view.paused() } }),
    })
    running.push(recorder)
    started('recorder', recorder.stop)
    const { enabled, everyMs, ...scope } = config.doctor.canary
    const examine = (signal: AbortSignal) => services.findings.examine(scope, CANARY, signal)
    const canary = enabled && serves('worker') ? createCanary({ db, everyMs, examine, log }) : null
    if (canary !== null) running.push(canary)
    started('examination', services.findings.stop)

    // Noted before the face, and so stopped after it: nothing new comes while the rest ends.
    started('engine', async () => engine?.stop())
    started('canary', async () => canary?.stop())
    const http = createFace(config, (await loadingHttp).createHttp, {
      db: asked,
      identity,
      spooler,
      sources: reached,
      services,
      features,
      publicUrl,
      notReady: () => refusalOf(startup),
      started,
      log,
    })
    address = await http.listen({ host: config.host, port: config.port })
    listening.resolve()
    await ready
    log.info({ instanceId, roles: config.roles, address, release, dataDir: config.dataDir }, 'becket started')

    /** It listens before any work goes on: what is submitted must be able to call back, at an address that is known. */
    async function work(): Promise<void> {
      await listening.promise
      await requests.start()
      await learning.start()
      await leases.start()
      // Not waited for: polling finds the work meanwhile, and behind a pooler it takes seconds to tell that nothing is heard.
      void signals.start()
      await spooler?.start()
      await recorder.start()
      await engine?.start()
      await canary?.start()
    }
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
      return installation?.adminKey ?? null
    },
  }
}
