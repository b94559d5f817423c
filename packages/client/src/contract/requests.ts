/** Requests: what Becket sent to third parties, or kept from going, and how it was answered. No bodies and no headers. */
import { z } from 'zod'
import { flagSchema, pageOf, pageQueryShape } from './paging.ts'
import { idSchema, text, timeSchema } from './text.ts'

export const requestSchema = z
  .object({
    id: z.string().describe('The id, `req_…`'),
    source: z.string().describe('The source, `sink:<id>`, or `storage`'),
    operation: z.string().nullable().describe('What it was for: `parse`, `check`, …'),
    method: z.string().describe('The HTTP method'),
    url: z.string().describe('The address, without user, query values and anything that looks like a secret'),
    status: z.number().int().nullable().describe('The HTTP status of the answer; null where none came'),
    fault: z.string().nullable().describe('Why no answer came: `CONNECTION_REFUSED`, `TIMEOUT`, `RATE_LIMITED`, …'),
    tookMs: z.number().int().describe('How long the answer took'),
    bytes: z.number().int().describe('Bytes of the answer that were read'),
    at: timeSchema.describe('When it ended'),
    subject: z.string().nullable().describe('The expectation that it was made for'),
  })
  .meta({ id: 'Request', description: 'One request to a third party; a redirect leaves one for each hop' })
export type Request = z.output<typeof requestSchema>

export const requestPageSchema = pageOf(requestSchema)

export const requestQuerySchema = z.strictObject({
  ...pageQueryShape,
  source: text(200).optional().describe('Only those to this source, `sink:<id>` or `storage`'),
  subject: idSchema.optional().describe('Only those made for this expectation, or for all expectations of this job'),
  failed: flagSchema.optional().describe('`true`: only those without an answer, or with a status of 400 or more'),
})
export type RequestQuery = z.output<typeof requestQuerySchema>
