/** `becket rehearse load`: runs a load in a directory of its own, prints its completion rate, and leaves nothing behind. */
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FaultsInput } from '@becket/rehearsal'
import { AppError } from '../../core/error.ts'
import { createLog } from '../../observe/log.ts'
import { wantsColour } from '../demo/terminal-text.ts'
import { type ExitCode, exitCodes } from '../exit-code.ts'
import type { CliIo } from '../io.ts'
import { runLoad } from './load.ts'
import { loadFigures } from './load-figures.ts'
import { isWhole, loadJson, renderLoad } from './load-report.ts'
import { type LoadPipeline, loadPipelines } from './load-settings.ts'

export interface LoadFlags {
  jobs: number
  pipeline?: LoadPipeline
  loss: number
  duplicate: number
  statusDown: number
  seed: number
  /** Milliseconds. */
  timeout: number
  json?: boolean
}

export async function rehearseLoad(io: CliIo, flags: LoadFlags): Promise<ExitCode> {
  const { jobs: count, seed, loss } = flags
  const environment = io.env.BECKET_ENVIRONMENT || io.env.ENVIRONMENT || 'development'
  // The stand-ins would refuse as well, but after a directory was made for them.
  if (/^prod(uction)?$/i.test(environment.trim())) {
    const what = 'The load runs against stand-ins, and this environment is `production`'
    throw new AppError('STAND_IN_IN_PRODUCTION', what, {
      hint: 'Run it on another machine, or unset BECKET_ENVIRONMENT and ENVIRONMENT for it.',
    })
  }
  const startedMs = io.now()
  const stopped = new AbortController()
  const release = io.onSignal((signal) => {
    if (stopped.signal.aborted) io.exit(signal === 'SIGINT' ? 130 : 143)
    io.err(`${signal}: stopping, with what has ended until now; once more stops at once`)
    stopped.abort()
  })
  const directory = await mkdtemp(join(tmpdir(), 'becket-load-'))
  try {
    // PostgreSQL does not run as root: its own account must get through. What is secret in it has a mode of its own.
    await chmod(directory, 0o711)
    io.err(`Handing in ${count} jobs; ${Math.round(loss * 100)} % of the callbacks will be lost (seed ${seed}).`)
    let told = 0
    const jobs = await runLoad({
      jobs: count,
      pipelines: flags.pipeline === undefined ? loadPipelines : [flags.pipeline],
      faults: faultsOf(flags),
      seed,
      withinMs: flags.timeout,
      directory,
      databaseUrl: io.env.DATABASE_URL || null,
      environment,
      log: createLog({ level: 'error' }),
      onProgress(ended) {
        // Ten lines in all, however many jobs there are.
        if (ended < told + count / 10 && ended !== count) return
        if (ended > told) io.err(`${ended} of ${count} ended`)
        told = ended
      },
      signal: stopped.signal,
    })
    const durationMs = io.now() - startedMs
    const result = { seed, loss, durationMs, figures: loadFigures(jobs, durationMs), jobs }
    if (flags.json === true) {
      io.err(renderLoad(result, false))
      io.out(JSON.stringify(loadJson(result), null, 2))
    } else io.out(renderLoad(result, wantsColour(io.isTTY, io.env)))
    return isWhole(result) && !stopped.signal.aborted ? exitCodes.ok : exitCodes.failed
  } finally {
    release()
    await rm(directory, { recursive: true, force: true })
  }
}

/** The same for both providers that call back. */
function faultsOf({ loss, duplicate, statusDown }: LoadFlags): FaultsInput {
  const faults = { loss, duplicate, statusDown: { rate: statusDown, forMs: 10_000 } }
  return { parse: faults, render: faults }
}
