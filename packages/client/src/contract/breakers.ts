/** Breakers: what keeps Becket from calling a dependency that is failing, and how a person overrides one. */
import { z } from 'zod'
import { reasonSchema, timeSchema } from './text.ts'

export const breakerStateSchema = z.enum(['closed', 'open', 'half-open'])
export type BreakerState = z.output<typeof breakerStateSchema>

/** `source:llamaparse`, `sink:box`. Loose on purpose: a name that nobody knows is a 404 that lists the known. */
export const breakerNameSchema = z
  .string()
  .regex(/^[A-Za-z0-9:_.-]{1,200}$/, 'Not the name of a breaker, such as source:llamaparse')

export const breakerParamsSchema = z.object({ name: breakerNameSchema.describe('The name, `source:llamaparse`') })

export const breakerSchema = z
  .object({
    name: z.string().describe('What it guards: `source:<id>`, `artifact:<source>`, `sink:<id>`, `storage:<kind>`'),
    state: breakerStateSchema.describe('`open`: it is not called; `half-open`: one trial is under way'),
    failures: z.number().int().describe('Faults in a row'),
    openedCount: z.number().int().describe('Times it opened'),
    openedAt: timeSchema.nullable().describe('Since when it is open'),
    retryAt: timeSchema
      .nullable()
      .describe(
        'When a trial may be made; null while it is closed, or held open by a person until a person says otherwise',
      ),
    reason: z.string().nullable().describe('The last fault, or what a person gave as the reason'),
  })
  .meta({ id: 'Breaker', description: 'What keeps Becket from calling a dependency that is failing' })
export type Breaker = z.output<typeof breakerSchema>

export const breakerListSchema = z.object({ items: z.array(breakerSchema).describe('All breakers, by name') })

export const overrideBreakerSchema = z
  .strictObject({
    state: breakerStateSchema.describe(
      '`open` holds it open until somebody says otherwise, `half-open` lets one trial through now, `closed` forgets the faults',
    ),
    reason: reasonSchema,
  })
  .meta({ id: 'OverrideBreaker', description: 'Open, try or close a breaker by hand' })
export type OverrideBreaker = z.output<typeof overrideBreakerSchema>
