/** Jobs: one run of a pipeline for one input, and its timeline. */
import { z } from 'zod'
import { documentStatuses } from './document-status.ts'
import { pageOf, pageQueryShape, several } from './paging.ts'
import { deliverToSchema } from './results.ts'
import { jsonSchema, text, timeSchema, UNSTORABLE_JSON } from './text.ts'
import { videoInputSchema } from './video-input.ts'
import { videoStatuses } from './video-status.ts'

export const jobStates = ['queued', 'working', 'retryable', 'done', 'deadletter', 'cancelled'] as const
export const jobStateSchema = z.enum(jobStates)
export type JobState = z.output<typeof jobStateSchema>

export const jobStatusSchema = z.enum([...documentStatuses, ...videoStatuses])
export type JobStatus = z.output<typeof jobStatusSchema>

export const jobErrorSchema = z.object({
  code: z.string().describe("One of Becket's error codes"),
  title: z.string().describe('What its user may read; never varies for a code'),
  message: z.string().describe('What happened to this one'),
  supportId: z.string().describe('What a user quotes when asking for help'),
  hint: z.string().describe('What to do next'),
  retryable: z.boolean().describe('Whether doing the same again may succeed'),
})
export type JobError = z.output<typeof jobErrorSchema>

export const timelineEventSchema = z
  .object({
    id: z.string().describe('The id, `evt_…`'),
    at: timeSchema.describe('When it happened'),
    type: z.string().describe('What happened, `stage.done`'),
    severity: z.enum(['info', 'warn', 'error']).describe('How bad it is'),
    data: z.unknown().describe('The facts'),
    subject: z.string().describe('The id of what it happened to: the job, an expectation, a document'),
  })
  .meta({ id: 'TimelineEvent', description: 'One entry of a timeline' })
export type TimelineEvent = z.output<typeof timelineEventSchema>

export const jobSchema = z
  .object({
    id: z.string().describe('The id, `job_…`'),
    pipeline: z.string().describe('`document`, `video`, …'),
    key: z.string().describe('The name of the input; the same pipeline and key give the same job'),
    stage: z.string().describe('The stage it is at'),
    state: jobStateSchema.describe('Where it stands'),
    status: jobStatusSchema.nullable().describe('Where the document or the video stands, in the words of its users'),
    attempt: z.number().int().describe('Tries at the present stage'),
    progress: z.number().min(0).max(100).describe('How far it is, 0 to 100'),
    createdAt: timeSchema.describe('When it was made'),
    updatedAt: timeSchema.describe('When it last moved'),
    finishedAt: timeSchema.nullable().describe('When it ended'),
    prunedAt: timeSchema
      .nullable()
      .describe('When its input and output were dropped, because it ended so long ago; its summary stays'),
    output: z.unknown().describe('What it made; null while there is nothing, and when it was dropped'),
    error: jobErrorSchema.nullable().describe('Why it failed, or is being tried again'),
    expectationId: z.string().nullable().describe('The expectation it waits for, or waited for last'),
    timeline: z.array(timelineEventSchema).describe('What happened, oldest first'),
    timelineSince: timeSchema.nullable().describe('What happened before that was dropped; null: all of it is there'),
  })
  .meta({ id: 'Job', description: 'One run of a pipeline for one input' })
export type Job = z.output<typeof jobSchema>

export const jobSummarySchema = jobSchema
  .omit({ output: true, timeline: true, timelineSince: true })
  .meta({ id: 'JobSummary', description: 'A job in a list: without its output and timeline' })
export type JobSummary = z.output<typeof jobSummarySchema>

export const jobPageSchema = pageOf(jobSummarySchema)

export const createJobSchema = z
  .strictObject({
    pipeline: text(100).describe('The name of a pipeline'),
    key: text(512).describe('Your own name for the input; the same key gives the same job'),
    // The first says what there is; the second lets the pipeline itself say what is wrong.
    input: z
      .union([videoInputSchema, jsonSchema], { error: UNSTORABLE_JSON })
      .describe('What the pipeline works on; for `video` a VideoInput'),
    deliverTo: deliverToSchema.optional(),
  })
  .meta({ id: 'CreateJob', description: 'What a job is made from' })
export type CreateJob = z.input<typeof createJobSchema>
export type CreateJobRequest = z.output<typeof createJobSchema>

export const jobQuerySchema = z.strictObject({
  ...pageQueryShape,
  pipeline: text(100).optional().describe('The pipeline'),
  key: text(512).optional().describe('The exact key'),
  state: several(jobStateSchema).optional().describe('One or several states'),
  status: several(jobStatusSchema)
    .optional()
    .describe(
      'One or several statuses of documents or videos; judged page by page, so a page may be short or empty while `nextCursor` leads on',
    ),
})
export type JobQuery = z.output<typeof jobQuerySchema>
