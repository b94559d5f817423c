/** Puts together what became of a run: what the server says of each document, and what the stand-ins did to it. */
import type { Becket, CallbackSummary, Document, ExpectationSummary, Job } from '@becket/client'
import type { LedgerReading } from '@becket/rehearsal'
import type { DemoDocument, DemoEnding, DemoResult } from './demo-result.ts'
import { expectedOutcomes } from './expected-outcomes.ts'

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
  /** False for a user's own files, of which nobody knows what must come of them. */
  areExamples: boolean
  /** Callbacks before it are of an earlier run. */
  sinceMs: number
}

export async function gather(options: GatherOptions): Promise<Pick<DemoResult, 'documents' | 'totals'>> {
  const { becket, ledger, handedIn, areExamples, sinceMs } = options
  const documents: DemoDocument[] = []
  for (const handed of handedIn) {
    const base = {
      file: handed.file,
      bytes: handed.bytes,
      sha256: handed.sha256,
      id: handed.document?.id ?? null,
      expected: areExamples ? (expectedOutcomes.get(handed.file) ?? null) : null,
    }
    const faults = faultsOf(ledger, handed.sha256)
    if (handed.document === null) {
      const { code, reads, supportId } = handed.refusal ?? { code: '', reads: '', supportId: null }
      const ending: DemoEnding = { kind: 'failed', code, reads, supportId }
      documents.push({ ...base, ending, settledBy: null, recoveryDelayMs: null, attempts: 0, faults })
      continue
    }
    const document = (await becket.documents.get(handed.document.id)) ?? handed.document
    if (document.duplicateOf !== null) {
      const ending: DemoEnding = { kind: 'duplicate', of: document.duplicateOf }
      documents.push({ ...base, ending, settledBy: null, recoveryDelayMs: null, attempts: 0, faults: [] })
      continue
    }
    const job = document.jobId === null ? null : await becket.jobs.get(document.jobId)
    const parses = job === null ? [] : await parsesOf(becket, job.id)
    const settled =
      parses.find((parse) => parse.state === 'succeeded') ?? parses.find((parse) => parse.settledBy !== null)
    documents.push({
      ...base,
      ending: endingOf(document, job),
      settledBy: settled?.settledBy ?? null,
      recoveryDelayMs: settled === undefined ? null : recoveryDelay(ledger, settled),
      attempts: parses.length,
      faults,
    })
  }
  return { documents, totals: await totalsOf(becket, ledger, documents, sinceMs) }
}

async function parsesOf(becket: Becket, jobId: string): Promise<ExpectationSummary[]> {
  const { items } = await becket.expectations.list({ jobId, operation: 'parse' })
  return items
}

function endingOf(document: Document, job: Job | null): DemoEnding {
  if (job?.state === 'done') return { kind: 'complete', chunks: chunksOf(job.output) }
  if (job?.state === 'deadletter' && job.error !== null) {
    const { code, title, hint, supportId } = job.error
    return { kind: 'failed', code, reads: `${title}. ${hint}`, supportId }
  }
  return { kind: 'unfinished', status: document.status ?? document.state }
}

function chunksOf(output: unknown): number {
  if (typeof output !== 'object' || output === null || !('chunks' in output)) return 0
  return typeof output.chunks === 'number' ? output.chunks : 0
}

function faultsOf(ledger: LedgerReading, sha256: string): string[] {
  const struck = ledger.entries('fault').filter((entry) => entry.operation === 'parse' && entry.work === sha256)
  const lost = new Set(ledger.entries('callback-lost').map((entry) => entry.jobId))
  const isLost = ledger.entries('submit').some((entry) => entry.work === sha256 && lost.has(entry.jobId ?? ''))
  return [...new Set([...struck.map((entry) => entry.fault), ...(isLost ? ['loss'] : [])])]
}

/** From the moment the provider was done until we knew it. */
function recoveryDelay(ledger: LedgerReading, parse: ExpectationSummary): number | null {
  if (parse.settledAt === null || parse.externalId === null) return null
  const finished = ledger.entries('job-finished').find((entry) => entry.jobId === parse.externalId)
  return finished === undefined ? null : Math.max(0, Date.parse(parse.settledAt) - finished.atMs)
}

async function totalsOf(
  becket: Becket,
  ledger: LedgerReading,
  documents: readonly DemoDocument[],
  sinceMs: number,
): Promise<DemoResult['totals']> {
  const received = await callbacksSince(becket, sinceMs)
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
    resubmits: documents.reduce((sum, document) => sum + Math.max(0, document.attempts - 1), 0),
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
