/** Features: what can be switched off by configuration, or given to a part of all jobs first. */
import { z } from 'zod'
import { idSchema } from './text.ts'

export const featureSchema = z
  .object({
    name: z.string().describe('The name: its options are `features.<name>` in the configuration'),
    enabled: z.boolean().describe('False: nobody has it'),
    percent: z.number().describe('How many of a hundred jobs have it; the same jobs, always'),
    does: z.string().describe('What Becket does with it'),
    without: z.string().describe('What holds for whoever does not have it'),
    has: z.boolean().nullable().describe('Whether the job or expectation that was named has it; null where none was'),
  })
  .meta({ id: 'Feature', description: 'What can be switched off, or given to a part of all jobs first' })
export type Feature = z.output<typeof featureSchema>

export const featureListSchema = z.object({ items: z.array(featureSchema).describe('All features') })

export const featureQuerySchema = z.strictObject({
  for: idSchema.optional().describe('A job, or an expectation without a job: whether it has them'),
})
export type FeatureQuery = z.output<typeof featureQuerySchema>
