/** Documents and jobs as one list: a document's job is its document, and every other job stands for itself. */
import type { Document, JobSummary } from '@becket/client'

export type Tone = 'good' | 'busy' | 'notable' | 'bad' | 'quiet'

export interface WorkRow {
  id: string
  name: string
  /** The document's status, or the job's state. */
  status: string
  tone: Tone
  /** Of the present stage; null where no job exists. */
  attempt: number | null
  error: { code: string; message: string; supportId: string } | null
  at: string
}

export function recentWork(documents: readonly Document[], jobs: readonly JobSummary[], most: number): WorkRow[] {
  const jobById = new Map(jobs.map((job) => [job.id, job]))
  const covered = new Set<string>()
  const documentIds = new Set(documents.map(({ id }) => id))
  const rows: WorkRow[] = []
  for (const document of documents) {
    const job = document.jobId === null ? undefined : jobById.get(document.jobId)
    if (job !== undefined) covered.add(job.id)
    // Before its content is proven a document has no status; it is waited for.
    const status = document.status ?? document.state
    const at = job?.updatedAt ?? document.finalizedAt ?? document.createdAt
    const facts = job === undefined ? { attempt: null, error: null } : { attempt: job.attempt, error: errorOf(job) }
    rows.push({ id: document.id, name: document.filename, status, tone: toneOf(status), ...facts, at })
  }
  for (const job of jobs) {
    // A job of a document is named after it: known by its key even where the document does not name the job.
    if (covered.has(job.id) || documentIds.has(job.key)) continue
    const status = job.status ?? job.state
    const facts = { attempt: job.attempt, error: errorOf(job), at: job.updatedAt }
    rows.push({ id: job.id, name: `${job.pipeline} ${job.key}`, status, tone: toneOf(status), ...facts })
  }
  return rows.toSorted((a, b) => Date.parse(b.at) - Date.parse(a.at)).slice(0, most)
}

function errorOf({ error }: JobSummary): WorkRow['error'] {
  return error === null ? null : { code: error.code, message: error.message, supportId: error.supportId }
}

function toneOf(status: string): Tone {
  if (status === 'complete' || status === 'done') return 'good'
  if (status.startsWith('failed_') || status === 'deadletter') return 'bad'
  if (status === 'retryable') return 'notable'
  if (status === 'duplicate' || status === 'cancelled' || status === 'registered') return 'quiet'
  return 'busy'
}
