/** What a video job is made from and carries from step to step, read back from its row. */
import { type VideoInput, videoInputSchema } from '@becket/client/contract'
import { z } from 'zod'
import type { AccessRecord } from '../../storage/access.ts'
import type { JobRow } from '../../store/jobs.ts'

const accessRecord = z.custom<AccessRecord>(
  (value) => typeof value === 'object' && value !== null && 'attempts' in value,
)

const keptFile = z.object({
  /** Where it lies in our own storage. */
  key: z.string(),
  bytes: z.number(),
  sha256: z.string(),
  contentType: z.string(),
  /** Where it was fetched from: without its query, which may be a signature. */
  sourceUrl: z.string(),
})

const keeping = z.object({
  /** The expectation whose outcome is being kept: after another rendering, nothing of this holds. */
  of: z.string(),
  files: z.array(keptFile),
  /** Tries at the next file that found nothing, or nothing in it. */
  misses: z.number(),
  /** The next file was written, and has not been seen again yet. */
  written: keptFile.nullable(),
  /** The timing record of looking for what was written. */
  proof: accessRecord.nullable(),
})

const videoJobData = z.object({
  /** Stage → the expectation that completed it. */
  settled: z.record(z.string(), z.string()).optional(),
  keeping: keeping.optional(),
})

export type KeptFile = z.output<typeof keptFile>
export type Keeping = z.output<typeof keeping>

export function inputOf(job: JobRow): VideoInput {
  return videoInputSchema.parse(job.input)
}

/** The expectation that proves the rendering; null where none does. */
export function renderedBy(job: JobRow): string | null {
  return videoJobData.parse(job.data).settled?.render ?? null
}

export function keepingOf(job: JobRow, expectationId: string): Keeping {
  const { keeping } = videoJobData.parse(job.data)
  if (keeping?.of === expectationId) return keeping
  return { of: expectationId, files: [], misses: 0, written: null, proof: null }
}
