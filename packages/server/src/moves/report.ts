/**
 * What is told of one expectation, by whoever learns of it: that the provider took the work, or evidence about its
 * outcome. What it means is decided in `report-fold.ts`.
 */
import type { EvidenceOrigin } from '@becket/client/contract'
import type { AppError } from '../core/error.ts'
import type { RetryPolicy, StageOutcome } from '../core/job.ts'
import type { Settlement } from '../core/settle.ts'
import type { Tx } from '../db/db.ts'
import type { NewEvent } from '../store/events.ts'
import type { EvidenceRow } from '../store/evidence.ts'
import type { ExpectationError, ExpectationRow } from '../store/expectations.ts'
import type { Claim } from '../store/wakeups.ts'
import type { Learning } from './learning.ts'

export interface SettleRules {
  retry: RetryPolicy
  random: () => number
  /** Absent: nothing is learned. */
  learning?: Learning
  /** Told what was made of each expectation, after the commit, for those who wait for it here. Must not throw. */
  recorded?(expectationId: string, recorded: () => Recorded): void
  /** Told after that of those that have ended. Must not throw. */
  ended?(kind: 'expectation' | 'job', id: string): void
}

/** The provider took the work. */
export interface Dispatch {
  expectationId: string
  source: string
  /** Null where the provider gives none: callbacks are matched by their token. */
  externalId: string | null
  /** The expectation's wakeup, where the caller holds it. */
  claim: Claim | null
  /** When to look at it next, by the plan of its operation. */
  nextLookMs: (row: ExpectationRow) => number
  /** Of the caller, for the timeline; only if it counts. */
  events?: readonly NewEvent[]
  /** It comes from an application, which is told that a cancelled expectation cannot be dispatched. */
  isRefusedIfCancelled?: boolean
}

export type EvidenceClaim =
  | { verdict: 'succeeded'; output: unknown; providerTime?: string }
  | { verdict: 'failed'; error: ExpectationError; providerTime?: string }
  | { verdict: 'pending' | 'unknown' }

export interface NewEvidenceOf {
  expectationId: string
  origin: EvidenceOrigin
  /** False for a callback with neither a good signature nor a token of ours. */
  trusted: boolean
  claim: EvidenceClaim
  detail: Record<string, unknown>
  callbackId?: string
  /** The provider's id as the evidence names it: learned, where the submit's answer has not told it (yet). */
  externalId?: string | null
  /** See `Reading`: for a job, which must collect the result, this settles nothing as long as the id is not known. */
  needsExternalId?: boolean
  /** What the job does about a failure, where the caller knows better than "retry if it is retryable". */
  onFailure?: StageOutcome
  /** Effects in the database that belong to this outcome; run only if it settles. */
  effects?: (tx: Tx) => Promise<void>
  /** Whether it counts for the expectation as it stands; absent: it does. Else nothing is written. */
  counts?: (row: ExpectationRow) => boolean
}

export type Report = { kind: 'dispatched'; dispatch: Dispatch } | { kind: 'evidence'; evidence: NewEvidenceOf }

/** What became of a report; `expectation` as it was before it. */
export type Reported =
  | { kind: 'dispatched'; expectation: ExpectationRow }
  | { kind: 'evidence'; expectation: ExpectationRow; settlement: Settlement }
  /** It contradicts what is known; nothing was written. */
  | { kind: 'refused'; expectation: ExpectationRow; error: AppError }
  /** There is no such expectation, or the evidence does not count for it. */
  | { kind: 'void' }

/** What a transaction made of one expectation; see `recorded.ts`. */
export interface Recorded {
  /** The version that was locked: who knew that one knows all that came before. */
  fromVersion: number
  row: ExpectationRow
  /** JSON; null leaves what is there. */
  outcome: Buffer | null
  /** What was added. */
  evidence: readonly EvidenceRow[]
  /** When to look at it next, in milliseconds since 1970; null where that was left as it is. */
  nextLook: { dueMs: number; isPutBack: boolean } | null
}
