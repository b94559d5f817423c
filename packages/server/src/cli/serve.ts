/** `becket serve`: runs the server until it is told to stop. Owns the signals; what runs is `app.ts`'s. */
import { join } from 'node:path'
import type { Config } from '../config/config.ts'
import { loadConfig } from '../config/load.ts'
import { settingsOf } from '../config/settings.ts'
import { AppError } from '../core/error.ts'
import { createLog } from '../observe/log.ts'
import { type ExitCode, exitCodes } from './exit-code.ts'
import type { App, CliIo } from './io.ts'
import { createStartupLines, isWanted } from './startup-lines.ts'

export interface ServeFlags {
  config?: string
  port?: string
  dataDir?: string
  roles?: string
}

// What a person or an orchestrator waits before it kills; within it everything is stopped in order.
const STOP_WITHIN_MS = 10_000

export async function serve(io: CliIo, flags: ServeFlags): Promise<ExitCode> {
  try {
    return await serveUntilStopped(io, flags)
  } catch (error) {
    throw await asFatal(error)
  }
}

async function serveUntilStopped(io: CliIo, flags: ServeFlags): Promise<ExitCode> {
  const { createApp, providers, sinkKinds, importProvider } = await io.loadApp()
  const loaded = await loadConfig({
    flags,
    env: io.env,
    cwd: io.cwd,
    providers,
    sinkKinds,
    importProvider,
  })
  const { config, warnings } = loaded
  for (const warning of warnings) io.err(`warning: ${warning}`)
  let beginStop = () => {}
  let isStopping = false
  let cancelLimit = () => {}
  let fatal: Error | null = null
  const lineOf = createStartupLines()
  const app = createApp(config, {
    log: createLog({ level: config.logLevel }),
    settings: settingsOf(loaded),
    onStep(event) {
      const line = isWanted(event, config.logLevel) ? lineOf(event) : null
      if (line !== null) io.err(line)
    },
    onFatal(error) {
      fatal ??= error
      beginStop()
    },
  })
  const stopped = new Promise<void>((resolve, reject) => {
    beginStop = () => {
      if (isStopping) return
      isStopping = true
      cancelLimit = io.after(STOP_WITHIN_MS, () => {
        io.err(`Not everything had stopped after ${STOP_WITHIN_MS / 1000} s. What was accepted is kept.`)
        io.exit(exitCodes.failed)
      })
      app.stop().then(resolve, reject)
    }
  })
  // Nobody may be waiting for it yet when a stop fails; whoever waits later still gets it.
  stopped.catch(() => {})
  const removeHandler = io.onSignal((signal) => {
    if (isStopping) {
      io.err('Stopped at once. What was accepted is kept; the next start goes on with it.')
      return io.exit(signal === 'SIGINT' ? 130 : 143)
    }
    io.err(`${signal}: stopping in order; once more stops at once`)
    beginStop()
  })
  try {
    await startUnlessStopped(app.start(), stopped, () => isStopping)
    if (!isStopping) sayReady(io, config, app)
    await stopped
    if (fatal !== null) throw fatal
    return exitCodes.ok
  } catch (error) {
    // Whatever did start must not outlive the failure.
    await app.stop().catch(() => {})
    throw error
  } finally {
    cancelLimit()
    removeHandler()
  }
}

function sayReady(io: CliIo, config: Config, { address, adminKey }: App): void {
  const where = address === null ? '' : ` at ${address}`
  io.out(`becket is ready${where} (${config.environment}; roles ${config.roles.join(', ')}; pid ${io.pid})`)
  if (adminKey?.isNew === true) {
    io.err(`Admin key, shown this once and kept in ${join(config.dataDir, 'admin.key')}: ${adminKey.secret}`)
  }
  if (Object.keys(config.sources).length === 0) {
    io.err('No sources are configured: add one under `sources:` in becket.yaml; becket config shows what holds.')
  }
}

/** Where waiting cannot help, the process ends at once with 78, by the name that monitoring looks for. */
async function asFatal(error: unknown): Promise<unknown> {
  const { describeFailure } = await import('./failure.ts')
  if (!(error instanceof AppError) || describeFailure(error).exitCode !== exitCodes.configuration) return error
  const { detail, hint, code: cause } = error
  const fatal = new AppError('CONFIGURATION_ERROR_FATAL', `CONFIGURATION_ERROR_FATAL: ${detail}`, {
    cause: error,
    hint,
  })
  createLog({ level: 'error' }).error({ code: fatal.code, cause, detail, hint }, fatal.title)
  return fatal
}

/** A start that fails because it was told to stop meanwhile is no failure. */
async function startUnlessStopped(
  starting: Promise<void>,
  stopped: Promise<unknown>,
  isStopping: () => boolean,
): Promise<void> {
  try {
    await Promise.race([starting, stopped])
  } catch (error) {
    if (!isStopping()) throw error
  }
  // Its failure after a stop is told by the stop itself.
  starting.catch(() => {})
}
