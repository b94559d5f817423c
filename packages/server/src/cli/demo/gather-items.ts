/** What the server and the stand-ins know of one piece of work, the same for documents and videos. */
import type { Becket, ExpectationSummary, Job } from '@becket/client'
import type { LedgerReading } from '@becket/rehearsal'
import type { DemoEnding, DemoItem } from './demo-result.ts'

/** How its provider was asked and what settled it. `operation`: of a document's job only the parses count. */
export async function submissionsOf(
  becket: Becket,
  ledger: LedgerReading,
  jobId: string | null,
  operation?: string,
): Promise<Pick<DemoItem, 'settledBy' | 'recoveryDelayMs' | 'attempts'>> {
  if (jobId === null) return { settledBy: null, recoveryDelayMs: null, attempts: 0 }
  const filter = operation === undefined ? { jobId } : { jobId, operation }
  const { items } = await becket.expectations.list(filter)
  const settled = items.find((each) => each.state === 'succeeded') ?? items.find((each) => each.settledBy !== null)
  return {
    settledBy: settled?.settledBy ?? null,
    recoveryDelayMs: settled === undefined ? null : recoveryDelay(ledger, settled),
    attempts: items.length,
  }
}

/** From the moment the provider was done until we knew it. */
function recoveryDelay(ledger: LedgerReading, { settledAt, externalId }: ExpectationSummary): number | null {
  if (settledAt === null || externalId === null) return null
  const finished = ledger.entries('job-finished').find((entry) => entry.jobId === externalId)
  return finished === undefined ? null : Math.max(0, Date.parse(settledAt) - finished.atMs)
}

/** Null while it is neither given up nor refused. */
export function failureOf(job: Job | null): (DemoEnding & { kind: 'failed' }) | null {
  if (job?.state !== 'deadletter' || job.error === null) return null
  const { code, title, hint, supportId } = job.error
  return { kind: 'failed', code, reads: `${title}. ${hint}`, supportId }
}

/** What struck the work on the way, in the rehearsal's words. */
export function faultsOf(ledger: LedgerReading, operation: 'parse' | 'render', works: ReadonlySet<string>): string[] {
  const struck = ledger.entries('fault').filter((entry) => entry.operation === operation && works.has(entry.work))
  const lost = new Set(ledger.entries('callback-lost').map((entry) => entry.jobId))
  const isLost = ledger.entries('submit').some((entry) => works.has(entry.work) && lost.has(entry.jobId ?? ''))
  return [...new Set([...struck.map((entry) => entry.fault), ...(isLost ? ['loss'] : [])])]
}
