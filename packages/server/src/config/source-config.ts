/** One source as the rest of Becket gets it: every duration in milliseconds, every default filled in. */
import type { z } from 'zod'
import type { PaceLimit } from '../core/pace-gate.ts'
import type { PollPlan } from '../core/poll-plan.ts'
import type { VerifyConfig } from '../core/signature/verify-config.ts'

export interface OperationConfig {
  /** After this an expectation is overdue. */
  expectWithinMs: number
  deadlineMs: number
  plan: PollPlan
  resubmit: 'safe' | 'ask' | 'never'
  /** How many may be in the provider's hand at once; absent: no limit. */
  concurrency?: number
}

export interface SourceConfig {
  id: string
  provider: string
  /** The absolute path of the user's own module that the provider lies in; absent: one of Becket's. */
  module?: string
  enabled: boolean
  /** Without a trailing slash; null where the provider needs none. */
  baseUrl: string | null
  apiKey: string | null
  /** Paths beside `/in/<id>` that take its callbacks, with `{name}` for a part that is read. */
  paths: string[]
  verify: VerifyConfig
  /** Origins that artifacts may be fetched from, without credentials. */
  allow: string[]
  allowPrivate: boolean
  /** How fast it may be called; absent: as fast as we come. */
  rate?: PaceLimit
  /** How often all processes together may ask what became of work. */
  checksPerMinute: number
  operations: Record<string, OperationConfig>
  /** As the provider's own schema gave them. */
  options: unknown
}

/** What configuration needs to know of a provider; `providers/provider.ts` has more. */
export interface ProviderDescription {
  name: string
  /** Where it was loaded from, when it is the user's own; `written` is the path as the file has it. */
  module?: { written: string; path: string }
  /** The options beside the common ones; strict. */
  options: z.ZodType
  operations: Record<string, { expectWithinMs: number; deadlineMs: number; resubmit: 'safe' | 'ask' | 'never' }>
  /** How fast the API may be called when the source does not say. */
  rate?: PaceLimit
  /** Where the API is when the source does not say. */
  baseUrl?(options: unknown): string | null
  /** How callbacks are verified when the source does not say, in the shape of its `verify`. */
  verify?(options: unknown): Record<string, unknown> | null
  /** A callback made up in its words, for trying a source out. */
  sample?(of: { operation: string; externalId: string; deliveryId: string; atMs: number }, options: unknown): unknown
}

/** Loads the provider that a module exports. */
export type ProviderImport = (
  path: string,
) => Promise<{ kind: 'provider'; provider: ProviderDescription } | { kind: 'faulty'; reason: string }>

export type ProviderRegistry = readonly ProviderDescription[]
