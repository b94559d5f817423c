/** The configured sinks, ready to be delivered to: what the rest of Becket asks when it meets a sink's name. */
import { createHash } from 'node:crypto'
import type { Destination } from '../core/delivery.ts'
import { AppError } from '../core/error.ts'
import type { SinkApi } from './sink.ts'

export interface Sink {
  id: string
  kind: string
  enabled: boolean
  /** Where it leads, without secrets. */
  destination: string
  /** Null: each ordering key has a queue of its own. */
  queue: string | null
  batchSize: number
  retryMs: readonly number[]
  api: SinkApi
}

export type Sinks = ReadonlyMap<string, Sink>

/** Which queues the results of one piece of work go to. Throws SINK_UNKNOWN for a name that is not configured. */
export function destinationsOf(sinks: Sinks, names: readonly string[], ordering: string): Destination[] {
  return names.map((name) => {
    const sink = sinks.get(name)
    if (sink !== undefined) return { sink: name, queue: sink.queue ?? queueOfKey(ordering) }
    const known = [...sinks.keys()].join(', ') || 'none'
    throw new AppError('SINK_UNKNOWN', `No sink ${name} is configured; there are ${known}`)
  })
}

/** Short whatever the key is, and the same for the same key. 96 bits: two keys that share a queue only wait for each other. */
function queueOfKey(ordering: string): string {
  return createHash('sha256').update(ordering).digest('base64url').slice(0, 16)
}
