/** Callbacks: what providers sent, byte for byte, with the verdict on it and what became of it. */
import { z } from 'zod'
import { pageOf, pageQueryShape, several } from './paging.ts'
import { idSchema, reasonSchema, sourceNameSchema, timeSchema } from './text.ts'

export const callbackVerdictSchema = z.enum(['verified', 'token', 'unsigned', 'refused'])
export type CallbackVerdict = z.output<typeof callbackVerdictSchema>

export const callbackFateSchema = z.enum([
  'received',
  'matched',
  'late',
  'duplicate',
  'orphan',
  'quarantined',
  'refused',
])
export type CallbackFate = z.output<typeof callbackFateSchema>

export const callbackSchema = z
  .object({
    id: z.string().describe('The id, `cb_…`'),
    source: z.string().describe('The source it was sent to'),
    receivedAt: timeSchema.describe('When it was received'),
    method: z.string().describe('The HTTP method'),
    url: z.string().describe('The URL, with secrets replaced'),
    headers: z
      .array(z.tuple([z.string(), z.string()]))
      .describe('Name and value of each header, in order, with secrets replaced'),
    bodyBytes: z.number().int().describe('The size of the body'),
    body: z.string().describe('The body: text if it is UTF-8, else base64'),
    encoding: z.enum(['utf8', 'base64']).describe('How `body` is written here'),
    verdict: callbackVerdictSchema.describe('Whether it proved where it came from'),
    verdictReason: z.string().nullable().describe('Why'),
    fate: callbackFateSchema.describe('What became of it'),
    fateReason: z.string().nullable().describe('Why'),
    adapter: z
      .string()
      .nullable()
      .describe(
        'For a quarantined one, the provider and the version of its adapter that could not read it: `llamaparse@2`',
      ),
    expectationId: z.string().nullable().describe('The expectation it belongs to'),
    duplicateOf: z.string().nullable().describe('The first callback with the same identity'),
  })
  .meta({ id: 'Callback', description: 'One inbound request, as it came' })
export type Callback = z.output<typeof callbackSchema>

export const callbackSummarySchema = callbackSchema
  .omit({ headers: true, body: true, encoding: true })
  .meta({ id: 'CallbackSummary', description: 'A callback in a list: without its headers and body' })
export type CallbackSummary = z.output<typeof callbackSummarySchema>

export const callbackPageSchema = pageOf(callbackSummarySchema)

export const callbackQuerySchema = z.strictObject({
  ...pageQueryShape,
  source: sourceNameSchema.optional(),
  verdict: several(callbackVerdictSchema).optional().describe('One or several verdicts'),
  fate: several(callbackFateSchema).optional().describe('One or several fates'),
  expectationId: idSchema.optional().describe('Those of one expectation'),
})
export type CallbackQuery = z.output<typeof callbackQuerySchema>

export const replaySchema = z
  .object({
    replayOf: z.string().describe('The callback that is read again'),
    wakeup: z.literal('due').describe('It is due now; its fate will tell'),
  })
  .meta({ id: 'Replay', description: 'The callback will be read again, as if it had just come' })
export type Replay = z.output<typeof replaySchema>

// 1,000: more are named by their source.
const MAX_RELEASED_IDS = 1_000

export const releaseSchema = z
  .strictObject({
    source: sourceNameSchema.optional(),
    ids: z.array(idSchema).min(1).max(MAX_RELEASED_IDS).optional().describe('Only these callbacks'),
    dryRun: z.boolean().default(false).describe('Changes nothing, and tells what would be read again'),
    reason: reasonSchema,
  })
  .meta({
    id: 'Release',
    description: 'Which quarantined callbacks are to be read again; all of them if it does not say',
  })
export type Release = z.input<typeof releaseSchema>
export type ReleaseRequest = z.output<typeof releaseSchema>

export const releasedSchema = z
  .object({
    released: z.number().int().describe('How many are read again now, or would be'),
    dryRun: z.boolean().describe('Whether nothing was changed'),
    groups: z
      .array(
        z.object({
          source: z.string().describe('The source that they were sent to'),
          adapter: z.string().nullable().describe('What could not read them; null where that was not kept'),
          presentAdapter: z.string().nullable().describe('What reads them now; null: the source is not configured'),
          callbacks: z.number().int().describe('How many'),
        }),
      )
      .describe('Those that are released, by source and adapter'),
    notQuarantined: z
      .array(z.string())
      .describe('Of `ids`: those that are not quarantined, or unknown; left as they are'),
  })
  .meta({ id: 'Released', description: 'What is read again, as if it had come now; its verdict stays' })
export type Released = z.output<typeof releasedSchema>

/** What a provider gets to read once its callback is durable. */
export const receiptSchema = z
  .object({ callback: z.string().describe('The id of the callback, `cb_…`') })
  .meta({ id: 'Receipt', description: 'The callback is stored' })
export type Receipt = z.output<typeof receiptSchema>
