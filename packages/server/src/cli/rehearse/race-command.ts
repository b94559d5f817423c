/** `becket rehearse race`: runs the race in a directory of its own, prints the figures, and leaves nothing behind. */
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AppError } from '../../core/error.ts'
import { createLog } from '../../observe/log.ts'
import { wantsColour } from '../demo/terminal-text.ts'
import { type ExitCode, exitCodes } from '../exit-code.ts'
import type { CliIo } from '../io.ts'
import { runRace } from './race.ts'
import { figuresOf } from './race-figures.ts'
import { raceJson, renderRace } from './race-report.ts'

export interface RaceFlags {
  documents: number
  seed: number
  json?: boolean
}

export async function race(io: CliIo, flags: RaceFlags): Promise<ExitCode> {
  const { documents: count, seed } = flags
  const environment = io.env.BECKET_ENVIRONMENT || io.env.ENVIRONMENT || 'development'
  // The stand-ins would refuse as well, but after a database was started for them.
  if (/^prod(uction)?$/i.test(environment.trim())) {
    throw new AppError(
      'STAND_IN_IN_PRODUCTION',
      'The race runs against stand-ins, and this environment is `production`',
      {
        hint: 'Run it on another machine, or unset BECKET_ENVIRONMENT and ENVIRONMENT for it.',
      },
    )
  }
  const startedMs = io.now()
  const stopped = new AbortController()
  const release = io.onSignal((signal) => {
    if (stopped.signal.aborted) io.exit(signal === 'SIGINT' ? 130 : 143)
    io.err(`${signal}: finishing the documents that were begun; once more stops at once`)
    stopped.abort()
  })
  const directory = await mkdtemp(join(tmpdir(), 'becket-race-'))
  try {
    // PostgreSQL does not run as root: its own account must get through. What is secret in it has a mode of its own.
    await chmod(directory, 0o711)
    io.err(`Racing ${count} documents through the former order of steps and through ours, side by side (seed ${seed}).`)
    const documents = await runRace({
      documents: count,
      seed,
      directory,
      databaseUrl: io.env.DATABASE_URL || null,
      environment,
      log: createLog({ level: 'error' }),
      onProgress: (ended) => {
        // Ten lines in all, however many documents there are.
        if (ended % Math.ceil(count / 10) === 0) io.err(`${ended} of ${count} ended`)
      },
      signal: stopped.signal,
    })
    const result = { seed, durationMs: io.now() - startedMs, figures: figuresOf(documents), documents }
    const render = (isTTY: boolean) => renderRace(result, wantsColour(isTTY, io.env))
    if (flags.json === true) {
      io.err(render(false))
      io.out(JSON.stringify(raceJson(result), null, 2))
    } else io.out(render(io.isTTY))
    return result.figures.ok && !stopped.signal.aborted ? exitCodes.ok : exitCodes.failed
  } finally {
    release()
    await rm(directory, { recursive: true, force: true })
  }
}
