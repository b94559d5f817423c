/** Results: how a job or an expectation ended, as it is carried to sinks. A signed webhook's body is exactly this. */
import { z } from 'zod'
import { text, timeSchema } from './text.ts'

export const resultTypes = [
  'job.done',
  'job.deadletter',
  'job.cancelled',
  'expectation.succeeded',
  'expectation.failed',
  'expectation.cancelled',
  'expectation.expired',
] as const
export const resultTypeSchema = z.enum(resultTypes)
export type ResultType = z.output<typeof resultTypeSchema>

export const resultErrorSchema = z.object({
  code: z.string().describe("One of Becket's error codes, or the provider's own"),
  message: z.string().describe('What happened'),
  retryable: z.boolean().describe('Whether doing the same again may succeed'),
  supportId: z.string().optional().describe('What a user quotes when asking for help'),
})
export type ResultError = z.output<typeof resultErrorSchema>

export const resultSchema = z
  .object({
    type: resultTypeSchema.describe('What ended, and how'),
    id: z.string().describe('The id of the job or of the expectation: the same for all its results'),
    key: z.string().describe("The caller's own name for the work"),
    pipeline: z.string().nullable().describe('The pipeline of a job'),
    source: z.string().nullable().describe('The source of an expectation'),
    operation: z.string().nullable().describe('The operation of an expectation'),
    state: z.string().describe('The state it ended in'),
    status: z
      .string()
      .nullable()
      .describe("A job's status in the word that its users know: `complete`, `failed_parse`, …"),
    output: z.unknown().describe('What was made; null where nothing was'),
    error: resultErrorSchema.nullable().describe('Why it failed'),
    createdAt: timeSchema.describe('When the work was written down'),
    endedAt: timeSchema.describe('When it ended'),
  })
  .meta({ id: 'Result', description: 'How a job or an expectation ended' })
export type Result = z.output<typeof resultSchema>

export const deliverToSchema = z
  .array(text(100))
  .max(10)
  .refine((names) => new Set(names).size === names.length, 'Names a sink twice')
  .describe('The configured sinks that the result goes to')
