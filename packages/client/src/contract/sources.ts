/** Sources: the configured accounts at providers, without their secrets. */
import { z } from 'zod'
import { timeSchema } from './text.ts'

export const sourceOperationSchema = z.object({
  name: z.string().describe('The operation'),
  expectWithinMs: z.number().int().describe('After this an expectation is overdue'),
  deadlineMs: z.number().int().describe('After this Becket gives up'),
  plan: z.string().describe('When the provider is asked: `learned`, `ladder`, `poll` or `none`'),
  resubmit: z.enum(['safe', 'ask', 'never']).describe('Whether an unclear submit may be repeated without asking'),
  concurrency: z.number().int().nullable().describe('How many the provider may have in hand; null: any number'),
  inHand: z.number().int().describe('How many it has in hand now'),
  heldBack: z.number().int().describe('How many jobs wait for room there'),
})
export type SourceOperation = z.output<typeof sourceOperationSchema>

export const sourceSchema = z
  .object({
    id: z.string().describe('Its name in the configuration'),
    provider: z.string().describe('The provider that speaks its language'),
    verify: z.string().describe('How its callbacks are verified: `standard-webhooks`, `none`, …'),
    callbackUrl: z.string().describe('The address of its callbacks without a token'),
    paths: z.array(z.string()).describe('Further paths that lead to it'),
    rate: z
      .object({
        perSecond: z.number().describe('Requests a second, all processes together'),
        burst: z.number().int().describe('How many may go at once after a rest'),
      })
      .nullable()
      .describe('How fast it may be called; null: as fast as we come'),
    pausedUntil: timeSchema.nullable().describe('It asked to be left alone until then'),
    pauseReason: z.string().nullable().describe('Why'),
    operations: z.array(sourceOperationSchema).describe('What it can do'),
  })
  .meta({ id: 'Source', description: 'A configured account at a provider' })
export type Source = z.output<typeof sourceSchema>

export const sourceListSchema = z.object({ items: z.array(sourceSchema).describe('All sources, by name') })
