/**
 * One try at reading a document's file. What comes next is data (`afterMs`, `untilMs`), so that a job is put back into
 * the one table of time and no worker sleeps. Does not know jobs, and does not decide whether a failed one is tried anew.
 *
 * Missing and forbidden are retried alike: an object may be visible late, and some storages say "forbidden" of what is
 * missing. A wrong key is not retried: a second later it is wrong still.
 */
import type { BreakerGate } from '../core/breaker-gate.ts'
import { contentFault, type PromisedContent, promiseFault, readContent } from './proof.ts'
import type { Storage, StorageFault } from './storage.ts'

/**
 * Why it is read. `use`: it is said to be there, so that not finding it is a fault, and found later a race. `proof`: it
 * was just written, and nothing is said of it before it is seen; that this takes a moment is no fault.
 */
export type AccessPurpose = 'use' | 'proof'

/**
 * How long to wait after each attempt that was not the last. In use four attempts within seven seconds; a proof looks
 * sooner, since most objects are seen within the second, and a little longer.
 */
const RETRY_AFTER_MS: Record<AccessPurpose, readonly number[]> = {
  use: [1_000, 2_000, 4_000],
  proof: [120, 190, 300, 480, 770, 1_230, 1_970, 3_150],
}

/** The timing record of one access, kept as JSON with the job. Times are milliseconds since 1970. */
export interface AccessRecord {
  /** When the job first needed the file. */
  start: number
  /** When the storage was first asked: later than `start` where the breaker was open. Null: not yet. */
  accessStart: number | null
  /** When it was read or given up. Null: the access goes on. */
  accessEnd: number | null
  attempts: AccessAttempt[]
  /** Why it could not be read, so far or in the end. Null once it was read. */
  error: StorageFault | null
  /** Not found, then found, in use: the file was needed before it was visible. */
  race: boolean
  /** How often the breaker sent the job away. Not attempts. */
  postponements: number
}

export interface AccessAttempt {
  at: number
  tookMs: number
  outcome: 'read' | StorageFault['kind']
}

export type AccessResult<Found = { bytes: Buffer }> =
  | ({ kind: 'read'; record: AccessRecord } & Found)
  | { kind: 'retry'; afterMs: number; record: AccessRecord; fault: StorageFault }
  /** `fault.kind` `unavailable` is the only one that waiting may mend: see `accessError`. */
  | { kind: 'failed'; record: AccessRecord; fault: StorageFault }
  | { kind: 'postponed'; untilMs: number; record: AccessRecord; code: 'FILE_ACCESS_CIRCUIT_BREAKER_OPEN' }

export interface AccessRequest {
  storage: Storage
  gate: BreakerGate
  key: string
  /** Default `use`. */
  purpose?: AccessPurpose
  /** Bytes are given only if they are these. Without it, whatever lies there is given. */
  expected?: PromisedContent
  /** The record of this access so far. One that has ended is not continued: a new access begins. */
  history: AccessRecord | null
  nowMs: number
  /** Milliseconds that only ever grow; for how long a read takes. */
  clock?: () => number
}

/** Reads the object into memory. */
export function accessObject(request: AccessRequest): Promise<AccessResult> {
  const { storage, key, expected } = request
  return access(request, async () => {
    const answer = await storage.get(key)
    if (answer.kind !== 'found' || expected === undefined) return answer
    return contentFault(answer.bytes, expected) ?? answer
  })
}

/** Reads the object through and holds none of it: what lies there is what was promised. */
export function proveObject(
  request: AccessRequest & { expected: PromisedContent },
): Promise<AccessResult<{ content: PromisedContent }>> {
  const { storage, key, expected } = request
  return access(request, async () => {
    const content = await readContent(storage, key, 0)
    if (content.kind !== 'found') return content
    return promiseFault(content, expected) ?? { kind: 'found', content: expected }
  })
}

async function access<Found extends object>(
  request: Omit<AccessRequest, 'key' | 'storage' | 'expected'>,
  look: () => Promise<({ kind: 'found' } & Found) | StorageFault>,
): Promise<AccessResult<Found>> {
  const { gate, purpose = 'use', nowMs, clock = () => performance.now() } = request
  const record = continued(request.history, nowMs)

  const admission = await gate.admit()
  if (admission.kind === 'refused') return postponed(record, admission.retryAtMs)

  const asked = clock()
  const answer = await look()
  const tookMs = Math.round(clock() - asked)
  const accessed: AccessRecord = { ...record, accessStart: record.accessStart ?? nowMs }

  // Only `unavailable` is the dependency's fault. Every other answer shows that it works.
  if (answer.kind === 'unavailable') {
    const refusal = await gate.faulted(answer.reason)
    // The storage is down, not this file: an attempt that met that costs the job none of its four.
    if (refusal !== null) return postponed({ ...accessed, error: answer }, refusal.retryAtMs)
  } else {
    await gate.succeeded()
  }

  const outcome = answer.kind === 'found' ? 'read' : answer.kind
  const tried: AccessRecord = { ...accessed, attempts: [...accessed.attempts, { at: nowMs, tookMs, outcome }] }
  const endedMs = nowMs + tookMs
  if (answer.kind !== 'found') return unsuccessful(tried, answer, endedMs, RETRY_AFTER_MS[purpose])
  return {
    ...answer,
    kind: 'read',
    record: { ...tried, accessEnd: endedMs, error: null, race: purpose === 'use' && wasNotFound(tried) },
  }
}

/** Another attempt after its wait, or the end. */
function unsuccessful(
  tried: AccessRecord,
  fault: StorageFault,
  endedMs: number,
  waitsMs: readonly number[],
): AccessResult<never> {
  const record = { ...tried, error: fault }
  const afterMs = waitsMs[tried.attempts.length - 1]
  if (afterMs === undefined || fault.kind === 'wrong-key') {
    return { kind: 'failed', record: { ...record, accessEnd: endedMs }, fault }
  }
  return { kind: 'retry', afterMs, record, fault }
}

function postponed(record: AccessRecord, untilMs: number): AccessResult<never> {
  return {
    kind: 'postponed',
    untilMs,
    record: { ...record, postponements: record.postponements + 1 },
    code: 'FILE_ACCESS_CIRCUIT_BREAKER_OPEN',
  }
}

function wasNotFound({ attempts }: AccessRecord): boolean {
  return attempts.some(({ outcome }) => outcome === 'missing' || outcome === 'forbidden')
}

function continued(history: AccessRecord | null, nowMs: number): AccessRecord {
  if (history !== null && history.accessEnd === null) return history
  return { start: nowMs, accessStart: null, accessEnd: null, attempts: [], error: null, race: false, postponements: 0 }
}
