/**
 * What Becket asks of code that knows one third-party API. A provider answers with values; it throws only on a bug.
 * It never touches the database, and all its traffic goes through the `Outbound` it is given.
 */

import type { z } from 'zod'
import type { ArtifactBefore } from '../core/artifact-before.ts'
import type { KeyProof } from '../core/key-proof.ts'
import type { PaceLimit } from '../core/pace-gate.ts'
import type { FileContent } from '../outbound/multipart.ts'
import type { Outbound } from '../outbound/outbound.ts'

/** What a provider claims to be the outcome of one piece of work. */
export type Outcome =
  | { verdict: 'succeeded'; output: unknown; providerTime?: string }
  | { verdict: 'failed'; error: ProviderError; providerTime?: string }

export interface ProviderError {
  /** The provider's own code where it has one, else ours, in CAPITALS. */
  code: string
  message: string
  /** Whether doing the same again may succeed. */
  retryable: boolean
}

export interface SubmitRequest {
  operation: string
  input: unknown
  /** What to work on, where the operation takes a file. */
  file?: { content: FileContent; filename: string; mime: string }
  /** Where the provider is to call back; absent for a source whose plan is to poll only. */
  callbackUrl?: string
  /** The caller's own name for this work. */
  key: string
  /** Our own id for this attempt, for providers that echo one. */
  clientId: string
}

export type SubmitAnswer =
  /** The provider took the work and will report later. */
  | { kind: 'accepted'; externalId: string | null }
  /** The provider answered at once. */
  | { kind: 'answered'; externalId: string | null; outcome: Outcome }
  /** The provider surely did not take the work. */
  | { kind: 'refused'; error: ProviderError; retryAfterMs?: number }
  /** Nobody knows whether the provider took the work: a time-out, a broken connection, a 5xx. */
  | { kind: 'unclear'; error: ProviderError }

/** A callback as it came in, for reading. */
export interface InboundCallback {
  method: string
  /** Lower-case names; a header that came twice has both values, joined by a comma. */
  headers: Record<string, string>
  body: Buffer
  /** What the URL says: query and path parameters such as `job_id`, `operation`. */
  hints: Record<string, string>
}

export type Reading =
  | {
      kind: 'outcome'
      externalId: string | null
      outcome: Outcome
      /** A success that carries no result and does not name the id that it lies under: only who knows that can collect it. */
      needsExternalId?: boolean
    }
  /** The provider reports that the work goes on. */
  | { kind: 'progress'; externalId: string | null }
  /** No adapter knows this shape: quarantined, never taken for a failure. */
  | { kind: 'unreadable'; reason: string }

/** An expectation, as far as a provider needs to know it. */
export interface Expected {
  id: string
  operation: string
  /** The caller's own name for this work, as it was registered. */
  key: string
  externalId: string | null
  /** The `artifact` URL that was registered with the expectation. */
  artifactUrl: string | null
  input: unknown
  /** Milliseconds since 1970. */
  submittedAtMs: number
  /** What lay where the output will be, before the submit. Null: nobody looked, or no address was known. */
  artifactBefore: ArtifactBefore | null
}

/** No answer to a question about the work. Claims nothing about it. */
export interface Unavailable {
  kind: 'unavailable'
  reason: string
  retryAfterMs?: number
  /**
   * True: the other side could not be reached or failed, and its breaker hears of it. False: it answered, if only to refuse.
   * Absent: it was not asked, or nobody can tell.
   */
  isFault?: boolean
}

export type CheckAnswer =
  | { kind: 'outcome'; outcome: Outcome }
  | { kind: 'pending' }
  /** The provider does not know this work. Not proof of failure. */
  | { kind: 'missing' }
  /** The status API itself failed, or there is none to ask. */
  | Unavailable

/**
 * What one question brought about many pieces of work, by the id of each expectation. Whoever is not in it was not told of,
 * and is asked about alone.
 */
export type ListAnswer = { kind: 'listed'; answers: ReadonlyMap<string, CheckAnswer> } | Unavailable

export type ArtifactAnswer = { kind: 'found'; output: unknown } | { kind: 'missing' } | Unavailable

export type CollectAnswer = { kind: 'collected'; output: unknown } | { kind: 'missing'; reason: string } | Unavailable

/** One configured account at a provider, ready to be called. */
export interface ProviderSource {
  submit?(request: SubmitRequest, signal: AbortSignal): Promise<SubmitAnswer>
  /** Pure: reads bytes, calls nobody. */
  read(callback: InboundCallback): Reading
  /** The provider's own id of this delivery, where it sends one: the same on a redelivery. Pure. */
  eventId?(callback: InboundCallback): string | null
  /** Looks the work up by our `clientId` when we do not know whether the submit arrived. */
  find?(expected: Expected, signal: AbortSignal): Promise<{ externalId: string } | null>
  check?(expected: Expected, signal: AbortSignal): Promise<CheckAnswer>
  /** Asks about several, 50 at most, by one request; beside `check`, which is asked about one. Only where the API has such a call. */
  list?(expected: readonly Expected[], signal: AbortSignal): Promise<ListAnswer>
  artifact?(expected: Expected, signal: AbortSignal): Promise<ArtifactAnswer>
  /**
   * Before the submit: what lies where `artifact` will look. Null: that is known only afterwards; said without a promise, it
   * costs nothing. Answers within seconds.
   */
  artifactBefore?(expected: Expected, signal: AbortSignal): Promise<ArtifactBefore | null> | null
  /** Fetches what a thin success only names. `output` is what the success carried; one that is whole is answered as it is. */
  collect?(expected: Expected, output: unknown, signal: AbortSignal): Promise<CollectAnswer>
  /** One cheap request that proves the key and starts nothing; for the doctor. */
  ping?(signal: AbortSignal): Promise<KeyProof>
}

/** What a callback that is made up is to speak of. */
export interface SampleFacts {
  operation: string
  /** The provider's id of the work. */
  externalId: string
  /** Another one for each delivery. */
  deliveryId: string
  /** Milliseconds since 1970. */
  atMs: number
}

interface OperationDefaults {
  /** How long the provider usually takes, in milliseconds: after this the expectation is overdue. */
  expectWithinMs: number
  deadlineMs: number
  /** Whether an attempt whose submit is unclear may be submitted again without asking. */
  resubmit: 'safe' | 'ask' | 'never'
}

export interface Provider<Options = unknown> {
  name: string
  /**
   * The version of how it reads callbacks; 1 where it does not say. Raise it when a shape is learned: a callback that was
   * quarantined names the version that could not read it.
   */
  adapter?: number
  /** The options of a source of this provider beside the common ones; strict. */
  options: z.ZodType<Options>
  /** By name; `*` stands for every name that is not here. */
  operations: Record<string, OperationDefaults>
  /** How fast the API may be called where the source does not say. Absent: nothing is known of a limit. */
  rate?: PaceLimit
  /** Where the API lives when the source gives no `baseUrl`. Null: nowhere that is known. */
  baseUrl?(options: Options): string | null
  /** Origins that the options themselves name: whoever configured them means them to be called. */
  origins?(options: Options): string[]
  /** The header that carries the source's `apiKey`. Absent: `authorization: Bearer <apiKey>`. */
  credentials?(apiKey: string, options: Options): { header: string; value: string }
  /**
   * How its callbacks are verified when the source does not say otherwise, in the shape of a source's `verify:`.
   * Absent or null: `none`.
   */
  verify?(options: Options): Record<string, unknown> | null
  /** A small callback in its words, as JSON, that says: the work succeeded. For trying a source out. Pure. */
  sample?(of: SampleFacts, options: Options): unknown
  create(source: { id: string; options: Options; outbound: Outbound }): ProviderSource
}
