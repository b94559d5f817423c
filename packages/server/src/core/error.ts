/** The one exception of Becket. Expected outcomes are returned as values; this one means the caller cannot go on. */
import { type ErrorCodeName, errorCodes } from '@becket/client/contract'

export class AppError extends Error {
  override readonly name = 'AppError'
  readonly code: ErrorCodeName
  readonly status: number
  readonly title: string
  readonly hint: string
  /** What happened, to what; safe to show. */
  readonly detail: string
  readonly retryable: boolean
  readonly retryAfterMs: number | undefined

  constructor(
    code: ErrorCodeName,
    detail: string,
    options: { cause?: unknown; hint?: string; retryable?: boolean; retryAfterMs?: number } = {},
  ) {
    super(`${detail} (${code})`, { cause: options.cause })
    const entry = errorCodes[code]
    this.code = code
    this.status = entry.status
    this.title = entry.title
    this.hint = options.hint ?? entry.hint
    this.detail = detail
    this.retryable = options.retryable ?? entry.status === 503
    this.retryAfterMs = options.retryAfterMs
  }
}
