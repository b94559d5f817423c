/** What tests of sinks share: results to deliver, and tools over the real way out. Third parties stand beside, over HTTP. */
import type { Result } from '@becket/client/contract'
import { silentLog } from '../../src/observe/log.ts'
import { createOutbound } from '../../src/outbound/http.ts'
import type { Delivery, ResultChunk, SinkApi, SinkKind, SinkTools } from '../../src/sinks/sink.ts'
import { createMemoryStorage } from '../storage/memory-storage.ts'

export function resultWith(more: Partial<Result> = {}): Result {
  return {
    type: 'job.done',
    id: 'job_test',
    key: 'order-7',
    pipeline: 'document',
    source: null,
    operation: null,
    state: 'done',
    status: 'complete',
    output: { pages: 3 },
    error: null,
    createdAt: '2026-01-02T03:04:05.000Z',
    endedAt: '2026-01-02T03:05:05.000Z',
    ...more,
  }
}

export function deliveryOf(result: Result, more: Partial<Delivery> = {}): Delivery {
  return { id: 'dlv_test', attempts: 0, createdAtMs: 0, ageMs: 0, memory: null, ...more, result }
}

export interface BenchOptions {
  allowPrivate?: boolean
  nowMs?: number
  chunks?: Readonly<Record<string, readonly (readonly ResultChunk[])[]>>
}

/** A sink of this kind by options as they stand in the file. Close it when done. */
export function openSink(kind: SinkKind, written: object, bench: BenchOptions = {}) {
  const options = kind.options.parse(written)
  const outbound = createOutbound({
    source: 'test',
    allowOrigins: kind.origins?.(options) ?? [],
    allowPrivate: bench.allowPrivate ?? true,
  })
  const { storage, objects } = createMemoryStorage()
  const tools: SinkTools = {
    outbound,
    storage,
    link: async (key) => `https://files.example.org/${key}`,
    async *chunks(documentId) {
      yield* bench.chunks?.[documentId] ?? []
    },
    pace: () => ({ take: async () => ({ granted: true, waitMs: 0 }), pause: async () => {} }),
    log: silentLog,
    now: () => bench.nowMs ?? Date.now(),
  }
  const api: SinkApi = kind.create({ id: 'mine', options, tools })
  const deliver = (batch: readonly Delivery[], signal: AbortSignal = new AbortController().signal) =>
    api.deliver(batch, signal)
  const close = async () => {
    await api.close?.()
    await outbound.close()
  }
  return { api, deliver, storage, objects, options, close, [Symbol.asyncDispose]: close }
}
