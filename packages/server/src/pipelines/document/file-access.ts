/** Reads a job's file, or says what the job is to do instead: wait a moment, wait for the breaker, or fail. */
import type { BreakerGate } from '../../core/breaker-gate.ts'
import type { JobError } from '../../core/job.ts'
import {
  type AccessPurpose,
  type AccessRecord,
  type AccessResult,
  accessObject,
  proveObject,
} from '../../storage/access.ts'
import { accessError } from '../../storage/access-error.ts'
import type { PromisedContent } from '../../storage/proof.ts'
import type { Storage } from '../../storage/storage.ts'
import type { JobRow } from '../../store/jobs.ts'
import type { StageResult } from '../pipeline.ts'
import { accessEvents } from './document-job.ts'

export interface FileToRead {
  job: JobRow
  storage: Storage
  gate: BreakerGate
  file: 'raw' | 'parsed'
  key: string
  purpose?: AccessPurpose
  expected: PromisedContent
  history: AccessRecord | null
}

export type FileRead<Found = { bytes: Buffer }> =
  | ({ kind: 'read'; record: AccessRecord } & Found)
  | { kind: 'not-read'; result: StageResult }

/** Into memory. */
export async function readFile(request: FileToRead): Promise<FileRead> {
  return judge(request, await accessObject({ ...request, nowMs: Date.now() }))
}

/** Only to see that it is there, whole. */
export async function proveFile(request: FileToRead): Promise<FileRead<object>> {
  return judge(request, await proveObject({ ...request, nowMs: Date.now() }))
}

function judge<Found>({ job, storage, file, key, purpose }: FileToRead, access: AccessResult<Found>): FileRead<Found> {
  const data = { [file === 'raw' ? 'access' : 'parsedAccess']: access.record }
  switch (access.kind) {
    case 'read':
      return access
    case 'retry': {
      // The access has a schedule of its own: a file that shows up late costs the job none of its tries. While one that
      // was just written is on its way into sight, nothing is wrong.
      const isOnItsWay = purpose === 'proof' && access.fault.kind !== 'unavailable'
      const error = isOnItsWay ? null : errorOf(accessError(access.fault, key))
      return notRead({ kind: 'postpone', afterMs: access.afterMs, error }, data)
    }
    case 'postponed':
      return notRead(breakerIsOpen(storage, access.untilMs).outcome, data)
    case 'failed': {
      const error = errorOf(accessError(access.fault, key))
      const events = accessEvents(job, file, access.record)
      return {
        kind: 'not-read',
        result: { outcome: error.retryable ? { kind: 'retry', error } : { kind: 'fail', error }, data, events },
      }
    }
    default:
      return access satisfies never
  }
}

/** Waiting costs the job no try. */
export function breakerIsOpen(storage: Storage, untilMs: number): StageResult {
  const error: JobError = {
    code: 'FILE_ACCESS_CIRCUIT_BREAKER_OPEN',
    message: `the storage ${storage.name} is left alone for now`,
    retryable: true,
  }
  return { outcome: { kind: 'postpone', afterMs: Math.max(100, untilMs - Date.now()), error } }
}

function notRead(outcome: StageResult['outcome'], data: Record<string, unknown>): FileRead<never> {
  return { kind: 'not-read', result: { outcome, data } }
}

function errorOf(error: ReturnType<typeof accessError>): JobError {
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : ''
  return { code: error.code, message: `${error.detail}${cause}`, retryable: error.retryable }
}
