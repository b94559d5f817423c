/**
 * What Becket asks of code that knows one kind of place where results go. A sink answers with values; it throws only on a
 * bug. It never touches Becket's tables, and its traffic over HTTP goes through the `Outbound` it is given.
 */
import type { Result } from '@becket/client/contract'
import type { z } from 'zod'
import type { DeliveryAnswer } from '../core/delivery.ts'
import type { KeyProof } from '../core/key-proof.ts'
import type { PaceGate, PaceLimit } from '../core/pace-gate.ts'
import type { Log } from '../observe/log.ts'
import type { Outbound } from '../outbound/outbound.ts'
import type { Storage } from '../storage/storage.ts'

/** One result on its way to one sink. */
export interface Delivery {
  /** `dlv_…`: the same at every try, so that a sink that got it before knows it again. */
  id: string
  /** Tries that failed so far. */
  attempts: number
  /** When it was written down, in milliseconds since 1970. */
  createdAtMs: number
  /** How long it has been on its way, by the database's clock. */
  ageMs: number
  result: Result
  /** What the sink noted at an earlier try, see `DeliveryAnswer`; null at the first. */
  memory: Record<string, unknown> | null
}

/** A piece of a document's text with its vector, for sinks that keep them. */
export interface ResultChunk {
  id: string
  ordinal: number
  chunker: string
  heading: string
  content: string
  /** Hexadecimal. */
  sha256: string
  tokens: number
  model: string | null
  embedding: number[] | null
}

/** What a sink may use beside its own options. */
export interface SinkTools {
  outbound: Outbound
  /** Where the files of results lie: `output.files[].key` of a video, `output.parsed.path` of a document. */
  storage: Storage
  /** An address at which whoever has it can fetch a stored file until the time is over. */
  link(key: string, options: { ttlMs: number; filename: string }): Promise<string>
  /** The chunks of a document in order, a few hundred at a time. */
  chunks(documentId: string): AsyncIterable<readonly ResultChunk[]>
  /** A shared limit: all sinks of all processes that give the same name are held to it together. */
  pace(name: string, limit: PaceLimit): PaceGate
  /** Tells sinks with the same `apiKey` apart from others, without telling the key; absent where there is none. */
  account?: string
  log: Log
  /** Milliseconds since 1970. */
  now(): number
}

/** One configured sink, ready to be delivered to. */
export interface SinkApi {
  /**
   * Delivers up to `batchSize` deliveries of one queue, oldest first, never two with the same ordering key. One answer for
   * each, in the same order. The signal aborts when the work is somebody else's by now, or the process stops: then what
   * is answered counts all the same, and what is not is tried again.
   */
  deliver(batch: readonly Delivery[], signal: AbortSignal): Promise<readonly DeliveryAnswer[]>
  /** One cheap request that proves the key and writes nothing; for the doctor. */
  ping?(signal: AbortSignal): Promise<KeyProof>
  /** Ends what it opened for itself; repeatable. */
  close?(): Promise<void>
}

export interface SinkKind<Options = unknown> {
  name: string
  /** The options of a sink of this kind beside the common ones; strict. */
  options: z.ZodType<Options>
  /** Where it leads, without secrets, for people. */
  destination(options: Options, baseUrl: string | null): string
  /** Where its API lives when the sink gives no `baseUrl`. Null or absent: it has none, or the options say it. */
  baseUrl?(options: Options): string | null
  /** Origins that the options themselves name: whoever configured them means them to be called. */
  origins?(options: Options): string[]
  /** Other origins of its API that get the `apiKey` as well; never one that a result or an answer names. */
  credentialOrigins?(options: Options): string[]
  /** The header that carries the sink's `apiKey`. Absent: `authorization: Bearer <apiKey>`. */
  credentials?(apiKey: string, options: Options): { header: string; value: string }
  /**
   * One holder at a time drains a queue. Null or absent: each ordering key is a queue of its own, so that one that fails
   * holds up no other. A name: all deliveries of the sink are one queue, for a place that takes batches or counts requests.
   */
  queue?(options: Options): string | null
  /** How many deliveries it takes at once. */
  batchSize: number
  /** Waits before the second try, the third, and so on, in milliseconds; after the last it is given up. */
  retryMs(options: Options): readonly number[]
  create(sink: { id: string; options: Options; tools: SinkTools }): SinkApi
}
