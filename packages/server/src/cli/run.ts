/** Runs one command line and gives its exit code. Never throws. */
import { CommanderError } from 'commander'
import { type ExitCode, exitCodes } from './exit-code.ts'
import type { CliIo } from './io.ts'
import { createProgram, type Registration } from './program.ts'

/** `words`: what stands behind `becket`. */
export async function run(
  words: readonly string[],
  io: CliIo,
  version: string,
  registrations: readonly Registration[] = [],
): Promise<ExitCode> {
  let code: ExitCode = exitCodes.ok
  const program = createProgram(
    io,
    (reported) => {
      code = reported
    },
    version,
    registrations,
  )
  try {
    if (words.length === 0) {
      program.outputHelp()
      return exitCodes.usage
    }
    await program.parseAsync(words, { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return exitCodes.ok
    // A group without its command prints its help; nothing is to be added to that.
    if (error instanceof CommanderError && error.code === 'commander.help') return exitCodes.usage
    const { describeFailure, renderFailure } = await import('./failure.ts')
    const failure = describeFailure(error)
    io.err(words.includes('--json') ? JSON.stringify({ error: failure }) : renderFailure(failure))
    return failure.exitCode
  }
}
