/** What a stand-in did or met, one deed per fact. Ids and hashes only: no payload, no key, no callback URL. */

import type { FaultName, FaultOperation, StoreOperation } from '../faults/faults.ts'
import type { S3Operation } from '../faults/s3-faults.ts'

type StandInName = 'llamaparse' | 'openai' | 'storage' | 'nca' | 'airtable' | 's3'

/** A fault struck: the dice decided so, and it took effect or will. */
interface FaultStruck {
  kind: 'fault'
  standIn: StandInName
  operation: FaultOperation
  fault: FaultName
  /** The SHA-256 of the file, input or request, or the object's path. */
  work: string
  attempt: number
  /** Null where no job was made, or it has none. */
  jobId: string | null
}

interface Submitted {
  kind: 'submit'
  /** LlamaParse's two, and the NCA Toolkit's. */
  api: 'v1' | 'v2' | 'nca'
  /** SHA-256 of the file, or of what is to be made. */
  work: string
  attempt: number
  bytes: number
  /** Of the file; for the NCA Toolkit, the route. */
  filename: string
  /**
   * What tells one attempt of the caller from another: the Idempotency-Key header, else the first 16 hex digits of the
   * SHA-256 of the callback URL; for the NCA Toolkit, the caller's `id`. Null when there is neither.
   */
  clientKey: string | null
  /** Null: the work was not taken. */
  jobId: string | null
}

/** `status` null: the answer never came. */
interface SubmitAnswered {
  kind: 'submit-answer'
  work: string
  jobId: string | null
  status: number | null
}

interface JobFinished {
  kind: 'job-finished'
  jobId: string
  outcome: 'succeeded' | 'failed'
  code: string | null
  /** 0 where there are none to count. */
  pages: number
}

/** One try to deliver one callback. */
interface CallbackTried {
  kind: 'callback'
  jobId: string
  eventId: string
  event: string
  /** 0: the callback itself; 1 and up: its duplicates. */
  copy: number
  /** Counts from 1; above 1 it is the provider's own redelivery. */
  try: number
  /** The receiver's answer; null when there was none. */
  status: number | null
  /** Why there was no answer. */
  fault: string | null
  tookMs: number
}

interface CallbackLost {
  kind: 'callback-lost'
  jobId: string
}
interface CallbackDelayed {
  kind: 'callback-delayed'
  jobId: string
  ms: number
}
interface CallbackHeld {
  kind: 'callback-held'
  jobId: string
  why: 'reorder' | 'lateCallback'
}
/** Given up: the receiver refused every try, a redirect ate the body, or the stand-in stopped first. */
interface CallbackDropped {
  kind: 'callback-dropped'
  jobId: string
  why: 'refused' | 'redirected' | 'stopped'
}
/** The provider restarted while the work was in its queue: it will never be done. */
interface JobForgotten {
  kind: 'job-forgotten'
  jobId: string
}

interface Checked {
  kind: 'check'
  /** As asked; it may be unknown. */
  jobId: string
  asked: 'status' | 'result' | 'list'
  /** HTTP status of the answer. */
  status: number
  /** The status word of the answer, where it has one. */
  word: string | null
}

interface Embedded {
  kind: 'embed'
  /** SHA-256 of the model and the input. */
  work: string
  attempt: number
  items: number
  tokens: number
  /** Null: the answer never came. */
  status: number | null
}

interface ObjectTouched {
  kind: 'object'
  operation: StoreOperation | S3Operation
  bucket: string
  path: string
  attempt: number
  status: number | null
  /** `not-yet-visible`: it was put, and is not seen yet: the race of a reader that comes too early. */
  outcome:
    | 'done'
    | 'missing'
    | 'not-yet-visible'
    | 'stale'
    | 'empty'
    | 'duplicate'
    | 'unavailable'
    | 'forbidden'
    | 'hung'
}

/** One request to a table, answered or not. */
interface RecordsTouched {
  kind: 'records'
  operation: 'list' | 'get' | 'create' | 'update' | 'replace' | 'upsert' | 'delete' | 'upload'
  base: string
  table: string
  /** Those that were read, written or deleted. */
  recordIds: string[]
  /** Of `recordIds`, those that an upsert made. */
  created: number
  /** Null: the answer never came. */
  status: number | null
  /** The error's type, where there is one. */
  error: string | null
}

/** How an attachment stands, which was written as an address. */
interface AttachmentSeen {
  kind: 'attachment'
  recordId: string
  attachmentId: string
  /** `dead`: the address gave no file, or never will; `refused`: it was not asked. */
  outcome: 'written' | 'fetched' | 'dead' | 'refused'
  bytes: number | null
  why: string | null
}

export type Deed =
  | FaultStruck
  | Submitted
  | SubmitAnswered
  | JobFinished
  | CallbackTried
  | CallbackLost
  | CallbackDelayed
  | CallbackHeld
  | CallbackDropped
  | JobForgotten
  | Checked
  | Embedded
  | ObjectTouched
  | RecordsTouched
  | AttachmentSeen

export type DeedKind = Deed['kind']
export type DeedOf<Kind extends DeedKind> = Extract<Deed, { kind: Kind }>
export type Entry<Kind extends DeedKind = DeedKind> = DeedOf<Kind> & { seq: number; atMs: number }
