/**
 * Stores the parsed text of a job's document and reads it back, or says what the job is to do instead: wait until the
 * text is visible, wait for a storage that is away, or try again. Nothing is called stored that was not seen again.
 */
import type { BreakerGate } from '../../core/breaker-gate.ts'
import type { JobError } from '../../core/job.ts'
import type { AccessRecord } from '../../storage/access.ts'
import { accessError } from '../../storage/access-error.ts'
import { contentOf, type PromisedContent } from '../../storage/proof.ts'
import type { Storage } from '../../storage/storage.ts'
import type { JobRow } from '../../store/jobs.ts'
import type { StageResult } from '../pipeline.ts'
import { readJobData } from './document-job.ts'
import { breakerIsOpen, readFile } from './file-access.ts'

export interface TextToStore {
  job: JobRow
  storage: Storage
  gate: BreakerGate
  key: string
  text: string
}

export type TextStored =
  | { kind: 'stored'; content: PromisedContent; record: AccessRecord }
  | { kind: 'not-stored'; result: StageResult }

const FIRST_WAIT_MS = 1_000
// 30 s: as long as nobody finds the storage working again, one try in half a minute from each job that waits for it.
const LONGEST_WAIT_MS = 30_000

export async function storeText({ job, storage, gate, key, text }: TextToStore): Promise<TextStored> {
  const bytes = Buffer.from(text, 'utf8')
  const content = contentOf(bytes)
  const { storing, parsedAccess } = readJobData(job)
  // Written before and not visible yet: written again, it might only be visible later still.
  if (storing?.sha256 !== content.sha256) {
    const result = await put({ job, storage, gate, key, bytes })
    if (result !== null) return { kind: 'not-stored', result }
  }
  const read = await readFile({
    job,
    storage,
    gate,
    file: 'parsed',
    key,
    purpose: 'proof',
    expected: content,
    history: parsedAccess ?? null,
  })
  if (read.kind === 'read') return { kind: 'stored', content, record: read.record }
  const { outcome, data, events } = read.result
  if (outcome.kind === 'postpone') {
    return { kind: 'not-stored', result: { outcome, data: { ...data, storing: content }, events } }
  }
  // We have the text, so it can be written anew: unlike a lost upload, this is no end.
  const error = outcome.kind === 'fail' || outcome.kind === 'retry' ? outcome.error : null
  if (error === null || error.code === 'ENCRYPTION_KEY_WRONG') return { kind: 'not-stored', result: read.result }
  const retry = { kind: 'retry' as const, error: { ...error, retryable: true } }
  return { kind: 'not-stored', result: { outcome: retry, data: { ...data, storing: null }, events } }
}

/** Null: the storage took it. */
async function put({
  job,
  storage,
  gate,
  key,
  bytes,
}: Omit<TextToStore, 'text'> & { bytes: Buffer }): Promise<StageResult | null> {
  const admission = await gate.admit()
  if (admission.kind === 'refused') return breakerIsOpen(storage, admission.retryAtMs)
  const answer = await storage.put(key, bytes, 'text/markdown; charset=utf-8')
  if (answer.kind !== 'unavailable') await gate.succeeded()
  if (answer.kind === 'stored') return null
  const fault = accessError(answer, key)
  const error: JobError = { code: fault.code, message: `${fault.detail}: ${answer.reason}`, retryable: true }
  if (answer.kind !== 'unavailable') return { outcome: { kind: 'retry', error } }
  const refusal = await gate.faulted(answer.reason)
  if (refusal !== null) return breakerIsOpen(storage, refusal.retryAtMs)
  // The storage is down, not this document: that costs it no try.
  const afterMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(job.postponed, 10))
  return { outcome: { kind: 'postpone', afterMs, error } }
}
