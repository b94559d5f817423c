/** What a document job carries from stage to stage, read back from its row. */
import { z } from 'zod'
import type { AccessRecord } from '../../storage/access.ts'
import type { NewEvent } from '../../store/events.ts'
import type { JobRow } from '../../store/jobs.ts'

const accessRecord = z.custom<AccessRecord>(
  (value) => typeof value === 'object' && value !== null && 'attempts' in value,
)

const documentJobData = z.object({
  /** The timing record of reading the raw file. */
  access: accessRecord.optional(),
  /** The same of reading the parsed text. */
  parsedAccess: accessRecord.optional(),
  /** Stage → the expectation that completed it. */
  settled: z.record(z.string(), z.string()).optional(),
  /** The parsed text was written and has not been seen again yet. */
  storing: z.object({ bytes: z.number(), sha256: z.string() }).nullish(),
  parsed: z.object({ path: z.string(), bytes: z.number(), sha256: z.string() }).optional(),
  chunks: z.number().optional(),
})

export type DocumentJobData = z.output<typeof documentJobData>

export function readJobData(job: JobRow): DocumentJobData {
  return documentJobData.parse(job.data)
}

export function documentIdOf(job: JobRow): string {
  return z.object({ documentId: z.string() }).parse(job.input).documentId
}

/** Where the parsed text of a document lies. */
export function parsedPathOf(documentId: string): string {
  return `parsed/${documentId}.md`
}

/** The timing record of a file access, on the timeline; a race is an event of its own, so that it can be counted. */
export function accessEvents(job: JobRow, file: 'raw' | 'parsed', record: AccessRecord): NewEvent[] {
  const common = { subject: job.id, jobId: job.id }
  const failed = record.error !== null
  const events: NewEvent[] = [
    { ...common, type: 'file.access', severity: failed ? 'warn' : 'info', data: { file, ...record } },
  ]
  if (record.race) events.push({ ...common, type: 'race.not-found-then-found', severity: 'warn', data: { file } })
  return events
}
