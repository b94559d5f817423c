/** Turns whatever was thrown into a problem document. Tells our own faults from the caller's; leaks no stack, no SQL. */
import { type ErrorCodeName, type Problem, userFacingCodes } from '@becket/client/contract'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import { AppError } from '../core/error.ts'
import { fieldErrors } from './field-errors.ts'

export interface Judgement {
  problem: Problem
  /** True when nobody foresaw this: it belongs into the log with its cause. */
  isOurFault: boolean
}

export interface ProblemContext {
  requestId: string
  /** What an unforeseen fault is: INTERNAL, or UNAVAILABLE where the caller must send the same again later. */
  fallback: 'INTERNAL' | 'UNAVAILABLE'
  /** Names the keys that a request may have, so that a slip can be named. */
  knownKeys: (part: string) => readonly string[]
}

/** 5 s: a restart or a fail-over is over, or asked after again. */
const RETRY_AFTER_MS = 5_000

export function judge(error: unknown, context: ProblemContext): Judgement {
  if (error instanceof AppError)
    return { problem: problemOf(error, context.requestId), isOurFault: error.status === 500 }
  if (hasZodFastifySchemaValidationErrors(error)) {
    const errors = fieldErrors(error.validation, error.validationContext ?? 'body', context.knownKeys)
    const detail = errors.map(({ field, message }) => `${field}: ${message}`).join('; ')
    return {
      problem: { ...problemOf(new AppError('REQUEST_INVALID', detail), context.requestId), errors },
      isOurFault: false,
    }
  }
  const foreseen = foreseenCode(statusOf(error))
  if (foreseen !== null) {
    const detail = messageOf(error)
    return { problem: problemOf(new AppError(foreseen, detail), context.requestId), isOurFault: false }
  }
  const unforeseen =
    context.fallback === 'UNAVAILABLE'
      ? new AppError('UNAVAILABLE', 'The request could not be stored', { retryAfterMs: RETRY_AFTER_MS })
      : new AppError('INTERNAL', 'The request could not be answered')
  return { problem: problemOf(unforeseen, context.requestId), isOurFault: true }
}

export function problemOf(error: AppError, requestId: string): Problem {
  const retryAfterMs = error.retryAfterMs ?? (error.status === 503 ? RETRY_AFTER_MS : undefined)
  return {
    type: `urn:becket:error:${error.code}`,
    title: error.title,
    status: error.status,
    detail: error.detail,
    code: error.code,
    hint: error.hint,
    requestId,
    // The log of the request is what support looks up.
    ...(userFacingCodes.has(error.code) ? { supportId: requestId } : {}),
    retryable: error.retryable,
    ...(retryAfterMs === undefined ? {} : { retryAfter: Math.max(1, Math.ceil(retryAfterMs / 1_000)) }),
  }
}

/** What the HTTP framework itself refuses: broken JSON, a body that is cut short, an address that is no URL. */
function foreseenCode(status: number | null): ErrorCodeName | null {
  if (status === null || status < 400 || status > 499) return null
  if (status === 404) return 'NOT_FOUND'
  if (status === 408) return 'REQUEST_TOO_SLOW'
  if (status === 413) return 'BODY_TOO_LARGE'
  return 'REQUEST_INVALID'
}

function statusOf(error: unknown): number | null {
  if (!(error instanceof Error) || !('statusCode' in error)) return null
  return typeof error.statusCode === 'number' ? error.statusCode : null
}

function messageOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return 'The body is not JSON by its content type; send `content-type: application/json`'
  }
  return error instanceof Error ? error.message : 'The request cannot be read'
}
