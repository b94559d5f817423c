/**
 * One try at reading a document's file. What comes next is data (`afterMs`, `untilMs`), so that a job is put back into
 * the one table of time and no worker sleeps. Does not know jobs, and does not decide whether a failed one is tried anew.
 *
 * Missing and forbidden are retried alike: an object may be visible late, and some storages say "forbidden" of what is
 * missing. A wrong key is not retried: a second later it is wrong still.
 */
import type { BreakerGate } from '../core/breaker-gate.ts'
import { contentFault, type PromisedContent } from './proof.ts'
import type { GetAnswer, Storage, StorageFault } from './storage.ts'

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

export type AccessResult =
  | { kind: 'read'; bytes: Buffer; record: AccessRecord }
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

export async function accessObject(request: AccessRequest): Promise<AccessResult> {
  const { storage, gate, key, purpose = 'use', expected, nowMs, clock = () => performance.now() } = request
  const record = continued(request.history, nowMs)

  const admission = await gate.admit()
  if (admission.kind === 'refused') return postponed(record, admission.retryAtMs)

  const asked = clock()
  const answer = await storage.get(key)
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

  const judged = judge(answer, expected)
  const outcome = judged.kind === 'found' ? 'read' : judged.kind
  const tried: AccessRecord = { ...accessed, attempts: [...accessed.attempts, { at: nowMs, tookMs, outcome }] }
  const endedMs = nowMs + tookMs
  if (judged.kind !== 'found') return unsuccessful(tried, judged, endedMs, RETRY_AFTER_MS[purpose])
  return {
    kind: 'read',
    bytes: judged.bytes,
    record: { ...tried, accessEnd: endedMs, error: null, race: purpose === 'use' && wasNotFound(tried) },
  }
}

/** Another attempt after its wait, or the end. */
function unsuccessful(
  tried: AccessRecord,
  fault: StorageFault,
  endedMs: number,
  waitsMs: readonly number[],
): AccessResult {
  const record = { ...tried, error: fault }
  const afterMs = waitsMs[tried.attempts.length - 1]
  if (afterMs === undefined || fault.kind === 'wrong-key') {
    return { kind: 'failed', record: { ...record, accessEnd: endedMs }, fault }
  }
  return { kind: 'retry', afterMs, record, fault }
}

function postponed(record: AccessRecord, untilMs: number): AccessResult {
  return {
    kind: 'postponed',
    untilMs,
    record: { ...record, postponements: record.postponements + 1 },
    code: 'FILE_ACCESS_CIRCUIT_BREAKER_OPEN',
  }
}

function judge(answer: GetAnswer, expected: PromisedContent | undefined): GetAnswer {
  if (answer.kind !== 'found' || expected === undefined) return answer
  return contentFault(answer.bytes, expected) ?? answer
}

function wasNotFound({ attempts }: AccessRecord): boolean {
  return attempts.some(({ outcome }) => outcome === 'missing' || outcome === 'forbidden')
}

function continued(history: AccessRecord | null, nowMs: number): AccessRecord {
  if (history !== null && history.accessEnd === null) return history
  return { start: nowMs, accessStart: null, accessEnd: null, attempts: [], error: null, race: false, postponements: 0 }
}
