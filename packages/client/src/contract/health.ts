/** Health as the whole installation sees it. Unknown is never healthy. */
import { z } from 'zod'
import { breakerSchema } from './breakers.ts'
import { callbackFateSchema } from './callbacks.ts'
import { expectationStateSchema } from './expectations.ts'
import { jobStateSchema } from './jobs.ts'
import { pausedSchema, startupStepSchema } from './startup.ts'
import { timeSchema } from './text.ts'

export const healthStatusSchema = z.enum(['healthy', 'partial', 'down', 'unknown'])
export type HealthStatus = z.output<typeof healthStatusSchema>

export const instanceRoleSchema = z.enum(['intake', 'api', 'worker'])
export type InstanceRole = z.output<typeof instanceRoleSchema>

const roleHealthSchema = z.object({
  status: healthStatusSchema.describe('Whether somebody does this work, and gets on with it'),
  instances: z.number().int().describe('How many live instances have the role'),
})

const count = z.number().int().nonnegative()

export const instanceSchema = z
  .object({
    id: z.string().describe('The id, `ins_…`'),
    roles: z.array(instanceRoleSchema).describe('What it does'),
    status: healthStatusSchema.describe('Whether it gets on'),
    release: z.string().describe('The version it runs'),
    configuration: z.string().describe('Fingerprint of its effective configuration; equal for equal configurations'),
    host: z.string().describe('The machine'),
    pid: z.number().int().describe('The process'),
    startedAt: timeSchema.describe('When it started'),
    seenAt: timeSchema.describe('When it was last seen'),
    stoppedAt: timeSchema.nullable().describe('When it stopped in order'),
    progress: z.record(z.string(), z.unknown()).describe('When each of its loops last went round'),
  })
  .meta({ id: 'Instance', description: 'One running process' })
export type Instance = z.output<typeof instanceSchema>

const spoolSchema = z
  .object({
    state: z
      .enum(['closed', 'spooling', 'draining'])
      .describe(
        '`closed`: callbacks go to the database; `spooling`: to the disk, while it is away; `draining`: it is back',
      ),
    waiting: count.describe('Callbacks that were accepted and are not in the database yet'),
    bytes: count.describe('What they and those set aside take on the disk'),
    maxBytes: count.describe('What they may take'),
    oldestAt: timeSchema.nullable().describe('When the one that waits longest came'),
    setAside: count.describe('Callbacks that the database refused for what they are; kept, and tried again at a start'),
    reason: z.string().nullable().describe('Why the database does not take them'),
    fault: z.string().nullable().describe('Why the disk does not take them'),
  })
  .meta({ id: 'Spool', description: 'What waits on disk for the database' })

const retentionSchema = z
  .object({
    lastRoundAt: timeSchema.nullable().describe('When what is too old was last looked for; null: never yet'),
    succeeded: z.boolean().nullable().describe('Whether that round came to its end'),
    error: z.string().nullable().describe('Why it did not'),
    isBehind: z.boolean().describe('Whether there is more to remove at once'),
    oldest: z.record(z.string(), z.string()).describe('By table, the first day of what is kept: `2026-01-31`'),
    unread: z.array(z.string()).describe('Days that are too old and stay: nobody has read all of their callbacks'),
    busy: z.array(z.string()).describe('What somebody was using; it is tried again'),
    removed: z.record(z.string(), z.number()).describe('How much was removed since ever, by what it was'),
  })
  .meta({ id: 'Retention', description: 'How forgetting what is too old goes' })

export const healthSchema = z
  .object({
    status: healthStatusSchema.describe('`partial`: something works and something does not'),
    environment: z.string().describe('development, staging or production'),
    release: z.string().describe('The version that answers'),
    roles: z
      .object({ intake: roleHealthSchema, api: roleHealthSchema, worker: roleHealthSchema })
      .describe('The health of each role'),
    instances: z.array(instanceSchema).describe('The processes seen lately'),
    database: z
      .object({
        status: healthStatusSchema.describe('Whether it answers'),
        tookMs: z.number().nullable().describe('How long its last answer took'),
        reason: z.string().nullable().describe('What is wrong with it'),
      })
      .describe('The database'),
    lanes: z
      .array(
        z.object({
          lane: z.string().describe('The kind of work'),
          due: count.describe('How much of it is due and not yet held by anybody'),
          oldestDueMs: z.number().nullable().describe('How long the oldest of it has been due'),
        }),
      )
      .describe('What is waiting to be done'),
    breakers: z.array(breakerSchema).describe('The breakers that ever counted a fault'),
    paused: z.array(pausedSchema).describe('What has to wait, and for what; it goes on by itself'),
    steps: z.array(startupStepSchema).describe('How the process that answers came up'),
    retention: retentionSchema
      .nullable()
      .describe('What was removed because it was too old; null while the database is away'),
    spool: spoolSchema.nullable().describe('Of the process that answers; null where it takes no callbacks'),
    open: z
      .object({
        expectations: z.partialRecord(expectationStateSchema, count).describe('Not yet settled, by state'),
        jobs: z.partialRecord(jobStateSchema, count).describe('Not yet ended, and dead letters, by state'),
        callbacks: z.partialRecord(callbackFateSchema, count).describe('Unread, orphans and quarantined, by fate'),
      })
      .describe('How many are open or want attention; what is done is not counted'),
  })
  .meta({ id: 'Health', description: 'The health of the installation' })
export type Health = z.output<typeof healthSchema>

/** `/livez`: whether this process gets on, not whether it is up. */
export const livenessSchema = z
  .object({
    status: z.enum(['alive', 'stuck']).describe('`stuck`: a loop has not gone round for too long'),
    stuck: z.array(z.string()).describe('The loops that do not get on'),
  })
  .meta({ id: 'Liveness', description: 'Whether this process gets on' })
export type Liveness = z.output<typeof livenessSchema>

/** `/readyz`: whether this process can take requests now. */
export const readinessSchema = z
  .object({
    status: z.enum(['ready', 'not-ready']).describe('Whether to send requests here'),
    missing: z.array(z.string()).describe('What is missing, in words'),
    steps: z.array(startupStepSchema).describe('Each dependency of this process, in the order of the start'),
  })
  .meta({ id: 'Readiness', description: 'Whether this process can take requests' })
export type Readiness = z.output<typeof readinessSchema>
