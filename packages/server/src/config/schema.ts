/**
 * Every option of Becket, in one schema. What is said of sources and sinks here is completed by
 * their providers in `sources.ts`, and by their kinds in `sinks.ts`.
 */
import { z } from 'zod'
import { doctorOptions } from './doctor-options.ts'
import { documentOptions } from './document-options.ts'
import { featureOptions } from './feature-options.ts'
import { option } from './option.ts'
import { processOptions } from './process-options.ts'
import { retentionOptions } from './retention-options.ts'
import { videoOptions } from './video-options.ts'
import { workOptions } from './work-options.ts'

const SOURCE_ID = /^[a-z0-9][a-z0-9_-]{0,63}$/

const sourceId = z.string().regex(SOURCE_ID, { error: 'an id of lower-case letters, digits, - and _' })

export const configSchema = z.strictObject({
  ...processOptions,
  ...workOptions,
  ...featureOptions,
  ...doctorOptions,
  ...documentOptions,
  ...videoOptions,
  ...retentionOptions,
  sources: option(z.record(sourceId, z.unknown(), { error: 'a map from source ids to their options' }).prefault({}), {
    description: 'The accounts at providers, by id.',
    fileOnly: true,
  }),
  sinks: option(z.record(sourceId, z.unknown(), { error: 'a map from sink ids to their options' }).prefault({}), {
    description: 'The places where results go, by id.',
    fileOnly: true,
  }),
})

export type Options = z.output<typeof configSchema>
