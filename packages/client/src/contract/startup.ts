/** How a process came up, step by step, and what it cannot do meanwhile. */
import { z } from 'zod'
import { timeSchema } from './text.ts'

export const startupStepSchema = z
  .object({
    name: z.string().describe('`database`, `schema`, `keys`, `storage`, `source:…`, `sink:…`, `work`'),
    kind: z
      .enum(['hard', 'soft'])
      .describe('`hard`: without it this process is not ready; `soft`: only what it pauses has to wait'),
    state: z
      .enum(['waiting', 'starting', 'ready', 'away'])
      .describe('`waiting`: for a step before it; `away`: it failed, and is tried again'),
    since: timeSchema.describe('Since when it is so'),
    reason: z.string().nullable().describe('What failed'),
    nextTryAt: timeSchema
      .nullable()
      .describe('When it is tried again; null while it is being tried, and when it is ready'),
    remedy: z.string().nullable().describe('What to do'),
    pauses: z.string().describe('What has to wait while it is away'),
  })
  .meta({ id: 'StartupStep', description: 'One step of the start of a process' })
export type StartupStep = z.output<typeof startupStepSchema>

export const pausedSchema = z
  .object({
    dependency: z.string().describe('What is away: `storage`, or the name of a step or breaker'),
    capability: z.string().describe('What has to wait'),
    since: timeSchema.nullable().describe('Since when'),
    reason: z.string().nullable().describe('What is wrong'),
    nextTryAt: timeSchema.nullable().describe('When it is tried again'),
    instance: z.string().nullable().describe('The process that cannot reach it; null: nobody calls it'),
  })
  .meta({ id: 'Paused', description: 'Work that waits until a dependency is back' })
export type Paused = z.output<typeof pausedSchema>
