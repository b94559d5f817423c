/** What became of the videos of a run, and what lies in the Airtable at its end. */
import type { Becket, ExpectationSummary, Job } from '@becket/client'
import type { AirtableRow, LedgerReading } from '@becket/rehearsal'
import { z } from 'zod'
import type { DemoEnding, DemoRow, DemoVideo } from './demo-result.ts'
import type { VideoOrder } from './demo-videos.ts'
import { failureOf, faultsOf, submissionsOf } from './gather-items.ts'

/** One video as it was ordered. */
export interface OrderedVideo {
  order: VideoOrder
  jobId: string
}

export async function gatherVideos(
  becket: Becket,
  ledger: LedgerReading,
  ordered: readonly OrderedVideo[],
): Promise<DemoVideo[]> {
  const videos: DemoVideo[] = []
  for (const { order, jobId } of ordered) {
    const job = await becket.jobs.get(jobId)
    const { items } = await becket.expectations.list({ jobId })
    videos.push({
      file: order.file,
      operation: order.input.operation,
      jobId,
      ...endingOf(job),
      ...(await submissionsOf(becket, ledger, jobId)),
      faults: faultsOf(ledger, 'render', worksOf(ledger, items)),
      expected: order.expected,
    })
  }
  return videos
}

/** The stand-in knows a piece of work by what it is made of; we know it by the attempts that we handed in. */
function worksOf(ledger: LedgerReading, attempts: readonly ExpectationSummary[]): ReadonlySet<string> {
  const ids = new Set(attempts.map(({ id }) => id))
  const ours = ledger.entries('submit').filter(({ clientKey }) => clientKey !== null && ids.has(clientKey))
  return new Set(ours.map(({ work }) => work))
}

const keptSchema = z.object({ files: z.array(z.object({ bytes: z.number() })) })

function endingOf(job: Job): { ending: DemoEnding; bytes: number } {
  const kept = keptSchema.safeParse(job.output)
  if (job.state === 'done' && kept.success) {
    const { files } = kept.data
    return { ending: { kind: 'kept', files: files.length }, bytes: files.reduce((sum, file) => sum + file.bytes, 0) }
  }
  return { ending: failureOf(job) ?? { kind: 'unfinished', status: job.status ?? job.state }, bytes: 0 }
}

const fieldsSchema = z.object({
  'Run ID': z.string(),
  Status: z.string().optional(),
  Bytes: z.number().optional(),
  Video: z.array(z.object({ size: z.number().optional() })).optional(),
})

/** Rows that tell of no job are left out. */
export function rowsOf(rows: readonly AirtableRow[]): DemoRow[] {
  return rows.flatMap(({ table, fields }) => {
    const read = fieldsSchema.safeParse(fields)
    if (!read.success) return []
    const { 'Run ID': runId, Status: status = null, Bytes: bytes = null, Video: attached } = read.data
    const attachedBytes = attached?.reduce((sum, { size = 0 }) => sum + size, 0) ?? null
    return [{ table, runId, status, bytes, attachedBytes }]
  })
}
