/** Puts together what became of a run: what the server says of each document, and what the stand-ins did to it. */
import type { Becket, CallbackSummary, Document, Job } from '@becket/client'
import type { AirtableRow, LedgerReading } from '@becket/rehearsal'
import type { DemoDocument, DemoEnding, DemoItem, DemoResult } from './demo-result.ts'
import { expectedOutcomes } from './expected-outcomes.ts'
import { failureOf, faultsOf, submissionsOf } from './gather-items.ts'
import { gatherVideos, type OrderedVideo, rowsOf } from './gather-videos.ts'

/** One file as it was handed in. */
export interface HandedIn {
  file: string
  bytes: number
  sha256: string
  /** Null where it was refused. */
  document: Document | null
  refusal: { code: string; reads: string; supportId: string | null } | null
}

export interface GatherOptions {
  becket: Becket
  ledger: LedgerReading
  handedIn: readonly HandedIn[]
  ordered: readonly OrderedVideo[]
  /** What lies in the Airtable. */
  rows: readonly AirtableRow[]
  /** False for a user's own files, of which nobody knows what must come of them. */
  areExamples: boolean
  /** Callbacks before it are of an earlier run. */
  sinceMs: number
}

export async function gather(options: GatherOptions): Promise<Omit<DemoResult, 'run'>> {
  const { becket, ledger } = options
  const documents = await gatherDocuments(options)
  const videos = await gatherVideos(becket, ledger, options.ordered)
  const totals = await totalsOf(becket, ledger, [...documents, ...videos], options.sinceMs)
  return { documents, videos, rows: rowsOf(options.rows), totals }
}

async function gatherDocuments({ becket, ledger, handedIn, areExamples }: GatherOptions): Promise<DemoDocument[]> {
  const documents: DemoDocument[] = []
  const untried = { jobId: null, settledBy: null, recoveryDelayMs: null, attempts: 0 }
  for (const handed of handedIn) {
    const base = {
      file: handed.file,
      bytes: handed.bytes,
      sha256: handed.sha256,
      id: handed.document?.id ?? null,
      expected: areExamples ? (expectedOutcomes.get(handed.file) ?? null) : null,
    }
    const faults = faultsOf(ledger, 'parse', new Set([handed.sha256]))
    if (handed.document === null) {
      const { code, reads, supportId } = handed.refusal ?? { code: '', reads: '', supportId: null }
      const ending: DemoEnding = { kind: 'failed', code, reads, supportId }
      documents.push({ ...base, ...untried, ending, faults })
      continue
    }
    const document = (await becket.documents.get(handed.document.id)) ?? handed.document
    if (document.duplicateOf !== null) {
      const ending: DemoEnding = { kind: 'duplicate', of: document.duplicateOf }
      documents.push({ ...base, ...untried, ending, faults: [] })
      continue
    }
    const job = document.jobId === null ? null : await becket.jobs.get(document.jobId)
    documents.push({
      ...base,
      jobId: job?.id ?? null,
      ending: endingOf(document, job),
      ...(await submissionsOf(becket, ledger, job?.id ?? null, 'parse')),
      faults,
    })
  }
  return documents
}

function endingOf(document: Document, job: Job | null): DemoEnding {
  if (job?.state === 'done') return { kind: 'complete', chunks: chunksOf(job.output) }
  return failureOf(job) ?? { kind: 'unfinished', status: document.status ?? document.state }
}

function chunksOf(output: unknown): number {
  if (typeof output !== 'object' || output === null || !('chunks' in output)) return 0
  return typeof output.chunks === 'number' ? output.chunks : 0
}

async function totalsOf(
  becket: Becket,
  ledger: LedgerReading,
  items: readonly DemoItem[],
  sinceMs: number,
): Promise<DemoResult['totals']> {
  const received = await callbacksSince(becket, sinceMs)
  const requests = ledger.entries('records')
  const count = (fate: CallbackSummary['fate']) => received.filter((callback) => callback.fate === fate).length
  return {
    callbacks: {
      sent: ledger.entries('callback').length,
      lost: ledger.entries('callback-lost').length,
      duplicates: count('duplicate'),
      late: count('late'),
      orphans: count('orphan'),
      refused: count('refused'),
    },
    checks: ledger.entries('check').length,
    resubmits: items.reduce((sum, { attempts }) => sum + Math.max(0, attempts - 1), 0),
    airtable: { requests: requests.length, failed: requests.filter(({ status }) => status !== 200).length },
  }
}

async function callbacksSince(becket: Becket, sinceMs: number): Promise<CallbackSummary[]> {
  const found: CallbackSummary[] = []
  for (let cursor: string | undefined; ; ) {
    const page = await becket.callbacks.list({ limit: 200, ...(cursor === undefined ? {} : { cursor }) })
    found.push(...page.items.filter((callback) => Date.parse(callback.receivedAt) >= sinceMs))
    const last = page.items.at(-1)
    if (page.nextCursor === null || last === undefined || Date.parse(last.receivedAt) < sinceMs) return found
    cursor = page.nextCursor
  }
}
