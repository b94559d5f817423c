/** What the exit codes mean; the numbers above 64 are those of sysexits.h. */

export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  unavailable: 69,
  notPermitted: 77,
  configuration: 78,
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** Takes the exit code of the command that ran. */
export type Report = (code: ExitCode) => void

export const exitCodeMeanings: readonly (readonly [ExitCode, string])[] = [
  [exitCodes.ok, 'it worked'],
  [exitCodes.failed, 'it failed, or what was asked about has failed'],
  [exitCodes.usage, 'the command was not understood'],
  [exitCodes.unavailable, 'the server or the database cannot be reached, or is too busy'],
  [exitCodes.notPermitted, 'the key is missing, unknown, or may not do this'],
  [exitCodes.configuration, 'the configuration cannot work'],
]
