/**
 * What the storage makes of a rendered file on its way into it: whether it may be asked, why it did not take it, and
 * whether the file is there. Nothing is called kept that was not seen again, whole.
 */
import type { BreakerGate } from '../../core/breaker-gate.ts'
import type { JobError } from '../../core/job.ts'
import { type AccessRecord, proveObject } from '../../storage/access.ts'
import type { Storage, StorageFault } from '../../storage/storage.ts'
import type { NewEvent } from '../../store/events.ts'
import type { JobRow } from '../../store/jobs.ts'
import { breakerIsOpen } from '../document/file-access.ts'
import type { StageResult } from '../pipeline.ts'
import type { Keeping, KeptFile } from './video-job.ts'

const FIRST_WAIT_MS = 1_000
// 30 s: as long as nobody finds the storage working again, one try in half a minute from each job that waits for it.
const LONGEST_WAIT_MS = 30_000

/** Null: it may. Asked before a download that nobody could take. */
export async function admitToStorage(gate: BreakerGate, storage: Storage): Promise<StageResult | null> {
  const admission = await gate.admit()
  return admission.kind === 'refused' ? breakerIsOpen(storage, admission.retryAtMs) : null
}

export async function notStored(refused: {
  job: JobRow
  storage: Storage
  gate: BreakerGate
  key: string
  fault: StorageFault
}): Promise<StageResult> {
  const { job, storage, gate, key, fault } = refused
  const error = errorOf(storage, key, fault)
  if (fault.kind !== 'unavailable') {
    await gate.succeeded()
    return { outcome: { kind: 'retry', error } }
  }
  const refusal = await gate.faulted(fault.reason)
  if (refusal !== null) return breakerIsOpen(storage, refusal.retryAtMs)
  // The storage is down, not this video: that costs it no try.
  const afterMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(job.postponed, 10))
  return { outcome: { kind: 'postpone', afterMs, error } }
}

export type Proof = { kind: 'proven'; events: NewEvent[] } | { kind: 'not-proven'; result: StageResult }

/** Reads the file through and holds none of it. */
export async function proveStored(stored: {
  job: JobRow
  storage: Storage
  gate: BreakerGate
  keeping: Keeping
  file: KeptFile
}): Promise<Proof> {
  const { job, storage, gate, keeping, file } = stored
  const { key } = file
  const access = await proveObject({
    storage,
    gate,
    key,
    purpose: 'proof',
    expected: file,
    history: keeping.proof,
    nowMs: Date.now(),
  })
  const waiting = { keeping: { ...keeping, proof: access.record } }
  switch (access.kind) {
    case 'read':
      return { kind: 'proven', events: eventsOf(job, keeping, file, access.record) }
    case 'retry': {
      // While what was just written is on its way into sight, nothing is wrong.
      const error = access.fault.kind === 'unavailable' ? errorOf(storage, key, access.fault) : null
      return notProven({ outcome: { kind: 'postpone', afterMs: access.afterMs, error }, data: waiting })
    }
    case 'postponed':
      return notProven({ ...breakerIsOpen(storage, access.untilMs), data: waiting })
    case 'failed': {
      const error = errorOf(storage, key, access.fault)
      const events = [accessEvent(job, keeping, access.record)]
      if (!error.retryable) return notProven({ outcome: { kind: 'fail', error }, data: waiting, events })
      // Fetched and written anew: unlike a lost upload, this is no end.
      const anew = { keeping: { ...keeping, written: null, proof: null } }
      return notProven({ outcome: { kind: 'retry', error }, data: anew, events })
    }
    default:
      return access satisfies never
  }
}

function eventsOf(job: JobRow, keeping: Keeping, file: KeptFile, record: AccessRecord): NewEvent[] {
  const { key, bytes, sha256 } = file
  const kept = { file: keeping.files.length + 1, key, bytes, sha256 }
  return [accessEvent(job, keeping, record), { subject: job.id, jobId: job.id, type: 'video.kept', data: kept }]
}

function accessEvent(job: JobRow, keeping: Keeping, record: AccessRecord): NewEvent {
  const data = { file: `output ${keeping.files.length + 1}`, ...record }
  const severity = record.error === null ? 'info' : 'warn'
  return { subject: job.id, jobId: job.id, type: 'file.access', severity, data }
}

function errorOf(storage: Storage, key: string, { kind, reason }: StorageFault): JobError {
  const message = `${storage.name}: ${key} is ${kind}: ${reason}`
  return kind === 'wrong-key'
    ? { code: 'ENCRYPTION_KEY_WRONG', message, retryable: false }
    : { code: 'OUTPUT_NOT_STORED', message, retryable: true }
}

function notProven(result: StageResult): Proof {
  return { kind: 'not-proven', result }
}
