/** One sink as the rest of Becket gets it: every default filled in. */
import type { z } from 'zod'

export interface SinkConfig {
  id: string
  kind: string
  enabled: boolean
  /** Without a trailing slash; null where the kind needs none. */
  baseUrl: string | null
  apiKey: string | null
  allowPrivate: boolean
  /** As the kind's own schema gave them. */
  options: unknown
}

/** What configuration needs to know of a kind of sink; `sinks/sink.ts` has more. */
export interface SinkDescription {
  name: string
  /** The options beside the common ones; strict. */
  options: z.ZodType
  /** Where it is when the sink does not say. */
  baseUrl?(options: unknown): string | null
}

export type SinkRegistry = readonly SinkDescription[]
