/** Deliveries: results on their way to sinks, one for each sink. What is still to go is the outbox. */
import { z } from 'zod'
import { pageOf, pageQueryShape, several } from './paging.ts'
import { resultSchema, resultTypeSchema } from './results.ts'
import { idSchema, reasonSchema, text, timeSchema } from './text.ts'

export const deliveryStates = ['pending', 'delivered', 'dead'] as const
export const deliveryStateSchema = z.enum(deliveryStates)
export type DeliveryState = z.output<typeof deliveryStateSchema>

export const deliverySchema = z
  .object({
    id: z.string().describe('The id, `dlv_…`; the sink sees the same at every try'),
    sink: z.string().describe('The configured sink'),
    subject: z.string().describe('The job or the expectation whose result it is'),
    type: resultTypeSchema.describe('What ended, and how'),
    state: deliveryStateSchema.describe('`dead`: given up; deliver it again by hand once the cause is mended'),
    attempts: z.number().int().describe('Tries that failed'),
    dueAt: timeSchema.nullable().describe('When it is tried next; null where it is not'),
    createdAt: timeSchema.describe('When its subject ended'),
    endedAt: timeSchema.nullable().describe('When it was delivered or given up'),
    error: z
      .object({
        code: z.string().describe('What kind of failure'),
        message: z.string().describe('What the sink said'),
        retryable: z.boolean().describe('Whether another try may succeed'),
      })
      .nullable()
      .describe('Why the last try failed, or what is waited for'),
    receipt: z.unknown().describe('What the sink answered: an id of its own, a status; null before'),
    result: resultSchema.describe('What is delivered'),
  })
  .meta({ id: 'Delivery', description: 'A result on its way to a sink' })
export type Delivery = z.output<typeof deliverySchema>

export const deliverySummarySchema = deliverySchema
  .omit({ result: true })
  .meta({ id: 'DeliverySummary', description: 'A delivery in a list: without the result' })
export type DeliverySummary = z.output<typeof deliverySummarySchema>

export const deliveryPageSchema = pageOf(deliverySummarySchema)

export const deliveryQuerySchema = z.strictObject({
  ...pageQueryShape,
  sink: text(100).optional().describe('The sink'),
  state: several(deliveryStateSchema).optional().describe('One or several states'),
  subject: idSchema.optional().describe('Those of one job or expectation'),
})
export type DeliveryQuery = z.output<typeof deliveryQuerySchema>

export const redeliverSchema = z.strictObject({ reason: reasonSchema })
export type Redeliver = z.output<typeof redeliverSchema>

export const redeliverAllSchema = z.strictObject({
  sink: text(100).describe('The sink whose dead deliveries are tried again'),
  reason: reasonSchema,
})
export type RedeliverAll = z.output<typeof redeliverAllSchema>

export const redeliveredSchema = z
  .object({ deliveries: z.number().int().describe('How many are due again; they go out in order') })
  .meta({ id: 'Redelivered', description: 'Dead deliveries are due again' })
export type Redelivered = z.output<typeof redeliveredSchema>

export const sinkSchema = z
  .object({
    id: z.string().describe('Its name in the configuration'),
    kind: z.string().describe('`airtable`, `webhook`, `postgres`, `s3`'),
    enabled: z.boolean().describe('Whether it is delivered to; what comes meanwhile waits'),
    destination: z.string().describe('Where it leads, without secrets'),
    pending: z.number().int().describe('Deliveries still to go'),
    dead: z.number().int().describe('Deliveries given up'),
    oldestPendingAt: timeSchema.nullable().describe('Since when the oldest of them waits'),
  })
  .meta({ id: 'Sink', description: 'A configured place where results go' })
export type Sink = z.output<typeof sinkSchema>

export const sinkListSchema = z.object({ items: z.array(sinkSchema).describe('All sinks, by name') })
