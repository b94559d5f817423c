/** A sink that keeps what it gets in memory, and answers as a test tells it to. */
import type { DeliveryAnswer } from '../../src/core/delivery.ts'
import type { Delivery } from '../../src/sinks/sink.ts'
import type { Sink } from '../../src/sinks/sinks.ts'

export interface Box {
  sink: Sink
  /** Every batch that was handed over, in order. */
  batches: Delivery[][]
  /** What was taken, in order. */
  taken: Delivery[]
  /** Instead of taking everything. */
  answer: (delivery: Delivery) => DeliveryAnswer | Promise<DeliveryAnswer>
}

export interface BoxOptions {
  id?: string
  /** One queue for all; null: one for each key. */
  queue?: string | null
  batchSize?: number
  retryMs?: readonly number[]
  enabled?: boolean
}

export function createBox(options: BoxOptions = {}): Box {
  const { id = 'box', queue = null, batchSize = 1, retryMs = [1_000, 60_000], enabled = true } = options
  const box: Box = {
    sink: {
      id,
      kind: 'box',
      enabled,
      destination: 'a box',
      queue,
      batchSize,
      retryMs,
      api: {
        async deliver(batch) {
          box.batches.push([...batch])
          const answers = await Promise.all(batch.map((delivery) => box.answer(delivery)))
          for (const [index, delivery] of batch.entries()) {
            if (answers[index]?.kind === 'delivered') box.taken.push(delivery)
          }
          return answers
        },
      },
    },
    batches: [],
    taken: [],
    answer: () => ({ kind: 'delivered', receipt: { status: 200 } }),
  }
  return box
}
