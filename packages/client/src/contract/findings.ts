/** Findings: what the doctor says about one check, kept from its first sight until it passes, and after. */
import { z } from 'zod'
import { changeSchema } from './changes.ts'
import { pageOf, pageQueryShape, several } from './paging.ts'
import { text, timeSchema } from './text.ts'

export const findingStatusSchema = z.enum(['fail', 'unknown', 'resolved'])
export type FindingStatus = z.output<typeof findingStatusSchema>

export const findingSeveritySchema = z.enum(['critical', 'error', 'warning', 'info'])
export type FindingSeverity = z.output<typeof findingSeveritySchema>

export const findingSchema = z
  .object({
    id: z.string().describe('The id, `fnd_…`'),
    check: z.string().describe('The code of the check, `DB01`'),
    title: z.string().describe('What the check says when it fails'),
    subject: z.string().describe('A variable, the host of an address, or a part of the system'),
    service: z.string().nullable().describe('The service that it is about, where it is one'),
    environment: z.string().nullable().describe('development, staging or production'),
    status: findingStatusSchema.describe('`unknown`: it could not be proven, which is not well; `resolved`: it passes'),
    severity: findingSeveritySchema.describe('How bad it is'),
    evidence: z.string().describe('What was seen at last; never a value'),
    consequence: z.string().describe('What comes of it'),
    remedy: z.string().describe('What to do'),
    capability: z.string().nullable().describe('What cannot be done until it is mended'),
    firstSeen: timeSchema.describe('When it was first found'),
    lastSeen: timeSchema.describe('When it was last found'),
    times: z.number().int().describe('How many rounds found it'),
    resolvedAt: timeSchema.nullable().describe('When it passed'),
    resolvedAfter: changeSchema
      .nullable()
      .describe('The last change between its first sight and its end: perhaps what mended it'),
  })
  .meta({ id: 'Finding', description: 'What the doctor says about one check' })
export type Finding = z.output<typeof findingSchema>

export const findingPageSchema = pageOf(findingSchema)

export const findingQuerySchema = z.strictObject({
  ...pageQueryShape,
  status: several(findingStatusSchema).optional().describe('Only these; parted by commas'),
  severity: several(findingSeveritySchema).optional().describe('Only these; parted by commas'),
  check: text(20).optional().describe('Only of this check'),
})
export type FindingQuery = z.output<typeof findingQuerySchema>

const stepSchema = z.object({
  name: z.string().describe('What was tried'),
  status: z.enum(['pass', 'fail', 'unknown']).describe('How it went'),
  tookMs: z.number().int().describe('How long it took'),
  detail: z.string().describe('What was seen'),
})
export type DoctorStep = z.output<typeof stepSchema>

export const doctorRunSchema = z
  .object({
    id: z.string().describe('The id, `run_…`'),
    instanceId: z.string().describe('The process that ran it'),
    by: z.string().describe('The name of the key, or `canary`'),
    state: z.enum(['running', 'done', 'failed']).describe('`failed`: it did not come to its end'),
    startedAt: timeSchema.describe('When it began'),
    endedAt: timeSchema.nullable().describe('When it ended'),
    passed: z.number().int().describe('Checks that passed'),
    failed: z.number().int().describe('Checks that failed'),
    unknown: z.number().int().describe('Checks that nobody could make'),
    steps: z.array(stepSchema).describe('What was tried on the running system, in order'),
    error: z.string().nullable().describe('Why it did not come to its end'),
  })
  .meta({ id: 'DoctorRun', description: 'One round of the doctor of a server; its results are findings' })
export type DoctorRun = z.output<typeof doctorRunSchema>

export const startDoctorRunSchema = z
  .strictObject({
    document: z
      .boolean()
      .default(false)
      .describe('Whether a tiny document goes through parsing and embedding, which the providers charge for'),
  })
  .meta({ id: 'StartDoctorRun', description: 'Have the server examine itself' })
export type StartDoctorRun = z.output<typeof startDoctorRunSchema>
