/** Changes: what became different about the running system, to be laid beside what failed. Names and fingerprints only. */
import { z } from 'zod'
import { pageOf, pageQueryShape, several } from './paging.ts'
import { text, timeSchema } from './text.ts'

export const changeKindSchema = z.enum(['release', 'configuration', 'features', 'schema', 'override'])
export type ChangeKind = z.output<typeof changeKindSchema>

export const changeSchema = z
  .object({
    id: z.string().describe('The id, `chg_…`'),
    at: timeSchema.describe('When it was first seen'),
    kind: changeKindSchema.describe('What changed; `override`: somebody decided something by hand'),
    subject: z
      .string()
      .describe('The roles of the processes that run with it, `database`, or what was overridden: `breaker source:x`'),
    previous: z.string().nullable().describe('A version, a fingerprint or a name; null where nothing was before'),
    present: z.string().describe('The same, from then on'),
    detail: z.record(z.string(), z.unknown()).describe('`settings`: the names of those that differ; `reason`'),
    instanceId: z.string().nullable().describe('The first process that came with it'),
    by: z.string().describe('Who changed it: the name of a key, or `start` where a process came with it'),
  })
  .meta({ id: 'Change', description: 'Something that became different about the running system' })
export type Change = z.output<typeof changeSchema>

export const changePageSchema = pageOf(changeSchema)

export const changeQuerySchema = z.strictObject({
  ...pageQueryShape,
  kind: several(changeKindSchema).optional().describe('Only these kinds; parted by commas'),
  subject: text(200).optional().describe('Only of this subject'),
})
export type ChangeQuery = z.output<typeof changeQuerySchema>
