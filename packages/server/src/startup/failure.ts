/**
 * What a failed step means. What only a new start can mend ends the process; what can come right while it runs is waited
 * for: a host that does not resolve today may tomorrow, and so may a password or a schema.
 */
import type { ErrorCodeName } from '@becket/client/contract'
import { AppError } from '../core/error.ts'
import type { StepFault } from '../core/startup.ts'
import { sqlState } from '../db/sql-error.ts'
import type { Step } from './step.ts'

const FATAL: ReadonlySet<ErrorCodeName> = new Set<ErrorCodeName>([
  'CONFIGURATION_INVALID',
  'CONFIGURATION_ERROR_FATAL',
  'STAND_IN_IN_PRODUCTION',
  'DATA_DIRECTORY_UNUSABLE',
  'DATA_DIRECTORY_IN_USE',
  'SPOOL_UNUSABLE',
  'EMBEDDED_POSTGRES_UNAVAILABLE',
])

export function isFatal(error: unknown): error is AppError {
  return error instanceof AppError && FATAL.has(error.code)
}

export function faultOf(error: unknown, step: Pick<Step, 'remedy'>): StepFault {
  const state = sqlState(error) ?? sqlState(error instanceof Error ? error.cause : undefined)
  // A login that is refused; poolers shut out those who try again and again.
  const isRefusal = state?.startsWith('28') === true
  if (error instanceof AppError) return { reason: error.detail, remedy: remedyOf(error, step), isRefusal }
  return { reason: error instanceof Error ? error.message : String(error), remedy: step.remedy, isRefusal }
}

/** The step knows more than a code that is used for many things. */
function remedyOf({ code, hint }: AppError, { remedy }: Pick<Step, 'remedy'>): string {
  return code === 'DATABASE_UNREACHABLE' || code === 'UNAVAILABLE' ? remedy : hint
}
