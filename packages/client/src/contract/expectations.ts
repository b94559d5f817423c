/** Expectations: promises by providers that an outcome will come, and the evidence about it. */
import { z } from 'zod'
import { durationSchema } from './duration.ts'
import { flagSchema, pageOf, pageQueryShape, several } from './paging.ts'
import { deliverToSchema } from './results.ts'
import { idSchema, jsonSchema, reasonSchema, sourceNameSchema, text, timeSchema } from './text.ts'

export const expectationStates = [
  'registered',
  'submitting',
  'waiting',
  'unconfirmed',
  'succeeded',
  'failed',
  'cancelled',
  'expired',
] as const
export const expectationStateSchema = z.enum(expectationStates)
export type ExpectationState = z.output<typeof expectationStateSchema>

export const evidenceOrigins = ['callback', 'check', 'artifact', 'response', 'operator'] as const
export const evidenceOriginSchema = z.enum(evidenceOrigins)
export type EvidenceOrigin = z.output<typeof evidenceOriginSchema>

export const evidenceSchema = z
  .object({
    id: z.string().describe('The id, `evd_…`'),
    origin: evidenceOriginSchema.describe('Where the claim came from'),
    verdict: z.enum(['succeeded', 'failed', 'pending', 'unknown']).describe('What it claims'),
    relation: z
      .enum(['settled', 'revived', 'duplicate', 'contradicting', 'late', 'inconclusive'])
      .describe('What it meant to the expectation when it came; only `settled` and `revived` changed it'),
    observedAt: timeSchema.describe('When Becket learned it'),
    providerTime: timeSchema.nullable().describe('When it happened, as the provider says'),
    callbackId: z.string().nullable().describe('The callback that carried it'),
    detail: z.unknown().describe('What more is known: the answer of a check, the reason of an operator'),
  })
  .meta({ id: 'Evidence', description: 'A claim about the outcome of an expectation' })
export type Evidence = z.output<typeof evidenceSchema>

export const outcomeErrorSchema = z.object({
  code: z.string().describe("The provider's own code where it has one, else one of Becket's"),
  message: z.string().describe('What the provider said'),
  retryable: z.boolean().describe('Whether doing the same again may succeed'),
})
export type OutcomeError = z.output<typeof outcomeErrorSchema>

export const expectationSchema = z
  .object({
    id: z.string().describe('The id, `exp_…`'),
    source: z.string().describe('The configured account at a provider'),
    operation: z.string().describe('What the provider was asked to do'),
    key: z.string().describe("The caller's own name for this work"),
    attempt: z.number().int().describe('1 for the first; one more for each new attempt with the same key'),
    state: expectationStateSchema.describe('Where it stands'),
    externalId: z.string().nullable().describe("The provider's own id for the work"),
    callbackUrl: z
      .string()
      .nullable()
      .describe('Give this to the provider. Null for a key that may only look, and for a source that is only asked'),
    jobId: z.string().nullable().describe('The job it belongs to'),
    registeredAt: timeSchema.describe('When it was written down, before the provider was called'),
    submittedAt: timeSchema.nullable().describe('When the provider took the work'),
    expectBy: timeSchema.describe('After this it is overdue'),
    deadline: timeSchema.describe('After this Becket gives up'),
    checks: z.number().int().describe('How often the provider or its storage was asked'),
    nextCheckAt: timeSchema.nullable().describe('When it is asked next'),
    nextCheckWhy: z.string().nullable().describe('Why then'),
    settledAt: timeSchema.nullable().describe('When it was decided'),
    settledBy: evidenceOriginSchema.nullable().describe('What decided it'),
    prunedAt: timeSchema
      .nullable()
      .describe('When its input and outcome were dropped, because it ended so long ago; its summary stays'),
    outcome: z
      .unknown()
      .describe('What the provider made, as it said it; null while there is none, and when it was dropped'),
    error: outcomeErrorSchema.nullable().describe('Why it failed'),
    evidence: z.array(evidenceSchema).describe('All claims about its outcome, oldest first'),
    evidenceSince: timeSchema.nullable().describe('Claims made before that were dropped; null: all of them are there'),
  })
  .meta({ id: 'Expectation', description: 'A promise by a provider that an outcome will come' })
export type Expectation = z.output<typeof expectationSchema>

export const expectationSummarySchema = expectationSchema
  .omit({ outcome: true, evidence: true, evidenceSince: true })
  .meta({ id: 'ExpectationSummary', description: 'An expectation in a list: without its outcome and evidence' })
export type ExpectationSummary = z.output<typeof expectationSummarySchema>

export const expectationPageSchema = pageOf(expectationSummarySchema)

export const registerExpectationSchema = z
  .strictObject({
    source: sourceNameSchema,
    operation: text(100).describe('One of the operations of the source'),
    key: text(512).describe('Your own name for this work; the same key gives the same expectation'),
    expectWithin: durationSchema.optional().describe('After this it is overdue and is asked for'),
    deadline: durationSchema.optional().describe('After this Becket gives up, counted from now'),
    externalId: text(512).optional().describe("The provider's id, where it is known beforehand"),
    submittedAt: timeSchema
      .optional()
      .describe('When the provider took it, where that was before now; what its output may be as old as'),
    artifact: z
      .url({ protocol: /^https?$/ })
      .max(4_000)
      .optional()
      .describe('Where the output will lie; must match the allow list of the source'),
    input: jsonSchema.optional().describe('What the provider was asked, for the record and for checks'),
    deliverTo: deliverToSchema.optional(),
    attempt: z.literal('new').optional().describe('Starts a new attempt although the key was used before'),
    submit: z.literal(true).optional().describe('Becket calls the provider itself, with `input`; without it, you do'),
  })
  .refine((body) => body.submit === undefined || (body.externalId === undefined && body.submittedAt === undefined), {
    path: ['submit'],
    message: 'Not with `externalId` or `submittedAt`: those say that it was submitted already',
  })
  .meta({ id: 'RegisterExpectation', description: 'What is written down before the provider is called' })
/** As a caller writes it. */
export type RegisterExpectation = z.input<typeof registerExpectationSchema>
/** As the server reads it: durations are milliseconds. */
export type RegisterExpectationRequest = z.output<typeof registerExpectationSchema>

export const dispatchedSchema = z.strictObject({
  externalId: text(512).nullable().describe("The provider's id for the work; null where it gives none"),
})
export type Dispatched = z.output<typeof dispatchedSchema>

export const notSubmittedSchema = z.strictObject({ reason: reasonSchema })
export type NotSubmitted = z.output<typeof notSubmittedSchema>

export const settleSchema = z
  .strictObject({
    verdict: z.enum(['succeeded', 'failed']).describe('What you know to be the outcome'),
    output: jsonSchema.optional().describe('What the provider made; only with `succeeded`'),
    error: z
      .strictObject({
        code: text(100).default('SETTLED_BY_OPERATOR').describe('A code in CAPITALS'),
        message: text(2_000).describe('What went wrong'),
        retryable: z.boolean().default(false).describe('Whether doing the same again may succeed'),
      })
      .optional()
      .describe('Why it failed; only with `failed`'),
    reason: reasonSchema,
  })
  .refine((body) => body.verdict === 'failed' || body.error === undefined, {
    path: ['error'],
    message: 'Only with verdict "failed"',
  })
  .refine((body) => body.verdict === 'succeeded' || body.output === undefined, {
    path: ['output'],
    message: 'Only with verdict "succeeded"',
  })
export type Settle = z.input<typeof settleSchema>
export type SettleRequest = z.output<typeof settleSchema>

export const extendSchema = z
  .strictObject({
    deadline: timeSchema.optional().describe('The new deadline'),
    by: durationSchema.optional().describe('How much later the deadline shall be'),
    reason: reasonSchema,
  })
  .refine((body) => (body.deadline === undefined) !== (body.by === undefined), {
    path: ['deadline'],
    message: 'Give either `deadline` (a time) or `by` (a duration), not both',
  })
export type Extend = z.input<typeof extendSchema>
export type ExtendRequest = z.output<typeof extendSchema>

export const cancelSchema = z.strictObject({ reason: reasonSchema })
export type Cancel = z.output<typeof cancelSchema>

/** A body that says nothing: `{}`, or none at all. */
export const nothingSchema = z.strictObject({}).nullish()

export const expectationQuerySchema = z.strictObject({
  ...pageQueryShape,
  source: sourceNameSchema.optional(),
  operation: text(100).optional().describe('The operation'),
  key: text(512).optional().describe('The exact key'),
  state: several(expectationStateSchema).optional().describe('One or several states'),
  jobId: idSchema.optional().describe('Those of one job'),
  overdue: flagSchema.optional().describe('Only those that are open after `expectBy` (true), or not (false)'),
})
export type ExpectationQuery = z.output<typeof expectationQuerySchema>
