/** How every error is answered: a problem document after RFC 9457, with a code to act on and a hint to read. */
import { z } from 'zod'
import type { ErrorCodeName } from './error-codes.ts'

export const PROBLEM_MEDIA_TYPE = 'application/problem+json'

export const problemSchema = z
  .object({
    type: z.string().describe('Names the kind of problem: `urn:becket:error:<code>`'),
    title: z.string().describe('What kind of problem it is; never varies for a code'),
    status: z.number().int().describe('The HTTP status'),
    detail: z.string().describe('What happened, to what'),
    code: z.string().describe('What to tell kinds of problems apart by; listed in the error reference'),
    hint: z.string().describe('What to do next'),
    requestId: z.string().describe('What this request is called in the log; also in the header `x-request-id`'),
    supportId: z.string().optional().describe('What a user quotes when asking for help'),
    retryable: z.boolean().describe('Whether the same request may succeed later'),
    retryAfter: z.number().optional().describe('Seconds to wait before that; also in the header `retry-after`'),
    errors: z
      .array(
        z.object({
          field: z.string().describe('Where, `body.expectWithin`'),
          message: z.string().describe('What is wrong with it'),
        }),
      )
      .optional()
      .describe('The fields that are not valid'),
  })
  .meta({ id: 'Problem', description: 'A problem document (RFC 9457)' })
export type Problem = z.output<typeof problemSchema>

/** Codes whose title a document's owner may read; their problems carry a support id. */
export const userFacingCodes: ReadonlySet<ErrorCodeName> = new Set<ErrorCodeName>([
  'DOCUMENT_NOT_UPLOADED',
  'DOCUMENT_EMPTY',
  'DOCUMENT_NOT_PDF',
  'DOCUMENT_TOO_LARGE',
  'DOCUMENT_SIZE_MISMATCH',
  'DOCUMENT_HASH_MISMATCH',
  'UPLOAD_URL_INVALID',
  'STORAGE_ACCESS_ERROR',
  'FILE_ACCESS_CIRCUIT_BREAKER_OPEN',
  'PARSE_FAILED',
  'PARSE_EMPTY',
  'PARSE_TIMED_OUT',
  'CHUNKING_FAILED',
  'EMBEDDING_INVALID',
  'EMBEDDING_FAILED',
])
