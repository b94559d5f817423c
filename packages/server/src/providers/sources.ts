/** The configured sources, ready to be used: what the rest of Becket asks when it meets a source's name. */
import type { Resubmit } from '../core/expectation.ts'
import type { PaceLimit } from '../core/pace-gate.ts'
import type { PollPlan } from '../core/poll-plan.ts'
import type { VerifyConfig } from '../core/signature/verify-config.ts'
import type { DownloadRequest, OutboundAnswer, SeePiece } from '../outbound/outbound.ts'
import type { ProviderSource } from './provider.ts'

export interface OperationSettings {
  expectWithinMs: number
  deadlineMs: number
  plan: PollPlan
  resubmit: Resubmit
  /** How many may be in the provider's hand at once; absent: no limit. */
  concurrency?: number
}

export interface Source {
  id: string
  provider: string
  enabled: boolean
  api: ProviderSource
  /** The version of how its provider reads callbacks; absent: 1. */
  adapter?: number
  verify: VerifyConfig
  /** Further paths that take callbacks, `/webhook/orders/{job_id}`. */
  paths: readonly string[]
  /** How fast it may be called; absent: as fast as we come. */
  rate?: PaceLimit
  /** By name; `*` holds for every other name, where the provider knows none of its own. */
  operations: Readonly<Record<string, OperationSettings>>
  /** Whether an output may be fetched from this URL: the `baseUrl`'s origin, or one on the allow list. */
  mayFetch(url: string): boolean
  /** Fetches an output piece by piece, without credentials, by the source's own guarded way out. See `Outbound`. */
  download(request: OutputRequest, see: SeePiece): Promise<OutboundAnswer>
}

export type OutputRequest = Pick<DownloadRequest, 'url' | 'maxBytes' | 'deadlineMs' | 'signal'>

export type Sources = ReadonlyMap<string, Source>

/** Who reads the callbacks of this source, as quarantined ones name it: `llamaparse@2`. */
export function adapterOf({ provider, adapter = 1 }: Pick<Source, 'provider' | 'adapter'>): string {
  return `${provider}@${adapter}`
}

/** Undefined for an operation that the source does not have. */
export function operationOf(source: Source, operation: string): OperationSettings | undefined {
  if (operation !== '*' && Object.hasOwn(source.operations, operation)) return source.operations[operation]
  return source.operations['*']
}

/** Whether a provider can be asked about an outcome at all. */
export function canBeAsked(source: Source): boolean {
  return source.enabled && (source.api.check !== undefined || source.api.artifact !== undefined)
}

/** How many pieces of work may be in the source's hand at once; null where there is no limit. */
export function roomOf(sources: Sources, source: string, operation: string): number | null {
  const configured = sources.get(source)
  return (configured === undefined ? undefined : operationOf(configured, operation)?.concurrency) ?? null
}
