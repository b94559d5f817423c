/** The one exception of the client: what the server said, or why there is no answer. */
import type { Problem } from './contract/problem.ts'

/** Codes that only the client knows; the server's are in `errorCodes`. */
export type ClientErrorCode =
  /** No answer: the server could not be reached, or the connection broke. */
  | 'CONNECTION_FAILED'
  /** No answer within `timeoutMs`. */
  | 'TIMED_OUT'
  /** An answer that is not of the contract. */
  | 'ANSWER_UNREADABLE'
  /** `outcome()` or `wait()` came to the end of its own `timeout`; the work itself goes on. */
  | 'WAIT_TIMED_OUT'
  /** The client was used in a way that cannot work. */
  | 'USAGE_INVALID'

export interface BecketErrorFacts {
  code: string
  detail: string
  hint: string
  title?: string
  status?: number
  requestId?: string
  supportId?: string
  retryable?: boolean
  retryAfterMs?: number
  errors?: Problem['errors']
  cause?: unknown
}

export class BecketError extends Error {
  override readonly name = 'BecketError'
  /** What to act on. One of the server's error codes, or a `ClientErrorCode`. */
  readonly code: string
  readonly title: string
  readonly detail: string
  readonly hint: string
  /** The HTTP status; 0 when there was no answer. */
  readonly status: number
  readonly requestId: string | undefined
  readonly supportId: string | undefined
  readonly retryable: boolean
  readonly retryAfterMs: number | undefined
  /** The fields that were not valid. */
  readonly errors: NonNullable<Problem['errors']>

  constructor(facts: BecketErrorFacts) {
    super(`${facts.detail} (${facts.code}). ${facts.hint}`, { cause: facts.cause })
    this.code = facts.code
    this.title = facts.title ?? facts.detail
    this.detail = facts.detail
    this.hint = facts.hint
    this.status = facts.status ?? 0
    this.requestId = facts.requestId
    this.supportId = facts.supportId
    this.retryable = facts.retryable ?? false
    this.retryAfterMs = facts.retryAfterMs
    this.errors = facts.errors ?? []
  }
}

export function errorOfProblem(problem: Problem): BecketError {
  const { retryAfter, type: _type, ...facts } = problem
  return new BecketError({ ...facts, ...(retryAfter === undefined ? {} : { retryAfterMs: retryAfter * 1_000 }) })
}

/** Whether to ask again: the server is away, busy or restarting, or says itself when to come back. */
export function isPassing(error: unknown): error is BecketError {
  if (!(error instanceof BecketError)) return false
  if (error.code === 'CONNECTION_FAILED' || error.code === 'TIMED_OUT') return true
  if (error.retryable && error.retryAfterMs !== undefined) return true
  return error.status === 429 || error.status === 502 || error.status === 503 || error.status === 504
}
