/** From an exception to what a person reads and what a program gets: what happened, what to do next, the exit code. */
import { BecketError } from '@becket/client'
import { CommanderError } from 'commander'
import { AppError } from '../core/error.ts'
import { type ExitCode, exitCodes } from './exit-code.ts'

/** The command was not used as it can be used. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly hint: string

  constructor(message: string, hint: string) {
    super(message)
    this.hint = hint
  }
}

export interface Failure {
  code: string
  detail: string
  hint: string
  exitCode: ExitCode
  requestId?: string
  supportId?: string
  /** The fields that the server refused. */
  errors?: { field: string; message: string }[]
  /** Only for what nobody expected. */
  stack?: string
}

const CONFIGURATION = new Set([
  'CONFIGURATION_INVALID',
  'CONFIGURATION_ERROR_FATAL',
  'DATABASE_TOO_OLD',
  'DATABASE_NEWER_THAN_PROGRAM',
  'MIGRATION_CHANGED',
  'DATA_DIRECTORY_UNUSABLE',
  'SPOOL_UNUSABLE',
  'STAND_IN_IN_PRODUCTION',
])
const UNAVAILABLE = new Set([
  'CONNECTION_FAILED',
  'TIMED_OUT',
  'DATABASE_UNREACHABLE',
  'DATA_DIRECTORY_IN_USE',
  'EMBEDDED_POSTGRES_UNAVAILABLE',
])
const USAGE = new Set(['USAGE_INVALID', 'REQUEST_INVALID'])

export function describeFailure(error: unknown): Failure {
  if (error instanceof UsageError) return usage(error.message, error.hint)
  if (error instanceof CommanderError) return ofCommander(error)
  if (error instanceof BecketError) {
    const { code, detail, hint, requestId, supportId, errors } = error
    const exitCode = exitCodeOf(code, error.status)
    const more = {
      ...(requestId && { requestId }),
      ...(supportId && { supportId }),
      ...(errors.length > 0 && { errors }),
    }
    return { code, detail, hint: exitCode === exitCodes.notPermitted ? keyHint : hint, exitCode, ...more }
  }
  if (error instanceof AppError) {
    return { code: error.code, detail: error.detail, hint: error.hint, exitCode: exitCodeOf(error.code, error.status) }
  }
  return ofUnexpected(error)
}

const keyHint =
  'Give a key that may do this: --api-key, or BECKET_API_KEY. On the machine of the server, admin.key in its data directory is used by itself.'

function exitCodeOf(code: string, status: number): ExitCode {
  if (CONFIGURATION.has(code)) return exitCodes.configuration
  if (UNAVAILABLE.has(code)) return exitCodes.unavailable
  if (USAGE.has(code)) return exitCodes.usage
  if (status === 401 || status === 403) return exitCodes.notPermitted
  return status === 429 || (status >= 502 && status <= 504) ? exitCodes.unavailable : exitCodes.failed
}

function ofCommander(error: CommanderError): Failure {
  const [what = '', ...rest] = error.message.replace(/^error: /, '').split('\n')
  const suggestion = rest.join(' ').replace(/^\(|\)$/g, '')
  return usage(what, suggestion === '' ? 'becket help, and becket help COMMAND, show what there is.' : suggestion)
}

function usage(detail: string, hint: string): Failure {
  return { code: 'USAGE_INVALID', detail, hint, exitCode: exitCodes.usage }
}

function ofUnexpected(error: unknown): Failure {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'INTERNAL'
  const detail = error instanceof Error ? error.message : String(error)
  if (code === 'EADDRINUSE') {
    const hint = 'Another process listens there: stop it, or choose another port with --port.'
    return { code, detail, hint, exitCode: exitCodes.unavailable }
  }
  if (['ENOENT', 'EACCES', 'EISDIR'].includes(code)) {
    return { code, detail, hint: 'Check the path and its permissions.', exitCode: exitCodes.failed }
  }
  const hint = 'This is a fault of Becket; please report it with what stands above.'
  return {
    code,
    detail,
    hint,
    exitCode: exitCodes.failed,
    ...(error instanceof Error && error.stack && { stack: error.stack }),
  }
}

export function renderFailure(failure: Failure): string {
  const lines = [`error: ${failure.detail}`]
  for (const { field, message } of failure.errors ?? []) lines.push(`  ${field}: ${message}`)
  if (failure.stack !== undefined) lines.push(failure.stack)
  lines.push(`hint: ${failure.hint}`)
  if (failure.supportId !== undefined) lines.push(`support id: ${failure.supportId}`)
  if (failure.requestId !== undefined) lines.push(`request: ${failure.requestId}`)
  return lines.join('\n')
}
