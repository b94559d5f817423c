/** Judges what the driver threw: is the database away, is it worth another try, is it the data's fault. */
import { AppError } from '../core/error.ts'
import { describeUrl } from './database-url.ts'

const NETWORK_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENOENT', // a Unix socket that is not there
  'EADDRNOTAVAIL',
])

// The driver has no codes for these; the messages are part of what its own tests hold.
const DRIVER_MESSAGES =
  /^(Connection terminated|timeout exceeded when trying to connect|timeout expired|Query read timeout|Client has encountered a connection error|Client was closed|The server does not support SSL)/

/** The five characters by which PostgreSQL names an error, if it was PostgreSQL that spoke. */
export function sqlState(error: unknown): string | undefined {
  const code = codeOf(error)
  return code !== undefined && /^[0-9A-Z]{5}$/.test(code) ? code : undefined
}

/** The database could not be reached, or the connection to it broke. */
export function isConnectionError(error: unknown): boolean {
  if (error instanceof AppError) return error.code === 'DATABASE_UNREACHABLE'
  if (!(error instanceof Error)) return false
  if (error instanceof AggregateError) return error.errors.some(isConnectionError)
  const code = codeOf(error)
  if (code !== undefined && NETWORK_CODES.has(code)) return true
  if (DRIVER_MESSAGES.test(error.message)) return true
  const state = sqlState(error)
  if (state === undefined) return false
  // 08 connection, 28 refused login, 3D000 no such database, 53300 too many connections,
  // 57P01-57P05 shut down, crashed, starting up, dropped, idle too long; 25P03 idle in transaction too long.
  return /^(08|28|3D|57P)/.test(state) || state === '53300' || state === '25P03'
}

/** The same again may succeed: a lost connection, a deadlock, a serialization failure, a full disk, a time limit. */
export function isTransient(error: unknown): boolean {
  if (isConnectionError(error)) return true
  const state = sqlState(error)
  if (state === undefined) return false
  if (isForgottenStatement(error) || isOutdatedPlan(error)) return true
  return /^(40|53|58)/.test(state) || state === '55P03' || state === '57014'
}

/**
 * A statement was sent by its name, and the server does not know the name, or knows it from somebody else: a pooler is in
 * between, or it was told to forget.
 */
export function isForgottenStatement(error: unknown): boolean {
  const state = sqlState(error)
  return state === '26000' || state === '42P05'
}

/** A table changed under a statement that had a name: what it answers has other types now. */
export function isOutdatedPlan(error: unknown): boolean {
  // The code is that of everything unsupported; the message is in the server's language.
  return (
    sqlState(error) === '0A000' &&
    error instanceof Error &&
    'routine' in error &&
    error.routine === 'RevalidateCachedQuery'
  )
}

/** The transaction was rolled back for meeting another one, or for a name that was not good any more: the same again at once will do. */
export function isConflict(error: unknown): boolean {
  const state = sqlState(error)
  return state === '40001' || state === '40P01' || isForgottenStatement(error) || isOutdatedPlan(error)
}

/** The values themselves are refused, and will be each time: NUL in text, a broken check, a key too long for an index. */
export function isDataError(error: unknown): boolean {
  const state = sqlState(error)
  if (state === undefined) return false
  // 23505 is a race for a unique key, which the statement's author decides; 21000 is two rows for one key in one upsert.
  return (/^(22|23|54)/.test(state) && state !== '23505') || state === '21000'
}

/** Gives a connection error its name; anything else stays as it is. */
export function named(error: unknown, url: string): unknown {
  if (error instanceof AppError || !isConnectionError(error)) return error
  return new AppError('DATABASE_UNREACHABLE', `${describeUrl(url)}: ${reason(error)}`, { cause: error })
}

function reason(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reason).join('; ')
  if (!(error instanceof Error)) return String(error)
  return error.message
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}
