/** The sinks of the model: three kinds of places, which take what they get, or do not, as a scene tells them to. */
import type { DeliveryAnswer, Destination } from '../../src/core/delivery.ts'
import type { Delivery } from '../../src/sinks/sink.ts'
import type { Sink, Sinks } from '../../src/sinks/sinks.ts'
import type { SinkMode, SinkName, SinkWord } from './model-commands.ts'
import { type Call, ScriptedFault, type Tasks } from './model-tasks.ts'

interface Batch {
  sink: SinkName
  deliveries: readonly Delivery[]
}

/** One delivery that was handed over, or taken. */
export interface Handed {
  sink: string
  id: string
  /** As the sink got it. */
  result: string
}

export type ModelSinks = ReturnType<typeof createModelSinks>

const failed = { code: 'HTTP_503', message: 'not now', retryable: true }
const refused = { code: 'HTTP_400', message: 'not like this', retryable: false }
const retry: DeliveryAnswer = { kind: 'retry', error: failed }
const delivered: DeliveryAnswer = { kind: 'delivered' }

const shapes: Record<SinkName, Pick<Sink, 'queue' | 'batchSize' | 'retryMs'>> = {
  keyed: { queue: null, batchSize: 1, retryMs: [1_000, 60_000] },
  // All keys share one queue.
  base: { queue: 'base', batchSize: 10, retryMs: [1_000, 60_000] },
  // Its first refusal is its last.
  strict: { queue: null, batchSize: 10, retryMs: [] },
}

export function createModelSinks(names: readonly SinkName[], initial: SinkMode, tasks: Tasks) {
  const calls = tasks.calls<readonly DeliveryAnswer[], Batch>()
  /** Whoever called will not hear the answer. */
  const unheard: Call<readonly DeliveryAnswer[], Batch>[] = []
  const modes = new Map<SinkName, SinkMode>(names.map((name) => [name, initial]))
  const tries: Handed[] = []
  const takings: Handed[] = []
  const sinks = new Map(names.map((name) => [name, sinkOf(name)]))

  function sinkOf(name: SinkName): Sink {
    return {
      id: name,
      kind: 'scripted',
      enabled: true,
      destination: 'the scene',
      ...shapes[name],
      api: {
        deliver: async (deliveries) => {
          const batch = { sink: name, deliveries }
          tries.push(...handed(batch))
          switch (modes.get(name)) {
            case 'takes':
              return take(batch)
            case 'dead':
              return deliveries.map(() => ({ ...retry, isFault: true }))
            default:
              return calls.wait(batch)
          }
        },
      },
    }
  }

  function take(batch: Batch): DeliveryAnswer[] {
    takings.push(...handed(batch))
    return batch.deliveries.map(() => delivered)
  }

  /** The batch that has waited longest, or another one, gets its answer: perhaps one of a worker that lost its lease. */
  async function answer(which: number, word: SinkWord): Promise<void> {
    const call = calls.take(which)
    if (call === undefined) return
    const { sink, deliveries } = call.asked
    const all = (one: DeliveryAnswer) => deliveries.map(() => one)
    if (word === 'take and die') {
      take(call.asked)
      unheard.push(call)
      return
    }
    await tasks.resume(call, () => {
      switch (word) {
        case 'take':
          return call.resolve(take(call.asked))
        case 'take and throw':
          take(call.asked)
          return call.reject(new ScriptedFault('the sink’s code failed after it took all'))
        case 'take half': {
          const half = Math.ceil(deliveries.length / 2)
          const taken = take({ sink, deliveries: deliveries.slice(0, half) })
          return call.resolve(deliveries.map((_, index) => taken[index] ?? retry))
        }
        case 'refuse':
          return call.resolve(all({ kind: 'rejected', error: refused }))
        case 'later':
          return call.resolve(all({ kind: 'later', afterMs: 5_000, reason: 'not all there', memory: { asked: true } }))
        case 'retry':
          return call.resolve(all(retry))
        case 'fault':
          return call.resolve(all({ kind: 'retry', error: failed, isFault: true }))
        case 'throw':
          return call.reject(new ScriptedFault('the sink’s code failed'))
        default:
          return word satisfies never
      }
    })
  }

  function at(index: number): SinkName | undefined {
    return names[index % Math.max(1, names.length)]
  }

  return {
    sinks: sinks as Sinks,
    names,
    tries: tries as readonly Handed[],
    takings: takings as readonly Handed[],
    at,
    answer,

    /** Each subject has queues of its own where a sink has one for each key. */
    destinations: (key: string): Destination[] => names.map((sink) => ({ sink, queue: shapes[sink].queue ?? key })),

    change(index: number, change: SinkMode | 'off' | 'on'): void {
      const name = at(index)
      const sink = name === undefined ? undefined : sinks.get(name)
      if (name === undefined || sink === undefined) return
      if (change === 'off' || change === 'on') sink.enabled = change === 'on'
      else modes.set(name, change)
    },

    /** From here on everything is taken, at once. */
    mend(): void {
      for (const [name, sink] of sinks) {
        sink.enabled = true
        modes.set(name, 'takes')
      }
    },

    /** Whoever hung hears at last, of what was taken long ago or is taken now. */
    wakeTheDead(): void {
      for (const call of unheard.splice(0)) call.resolve(call.asked.deliveries.map(() => delivered))
      for (const call of calls.takeAll()) call.resolve(take(call.asked))
    },
  }
}

function handed({ sink, deliveries }: Batch): Handed[] {
  return deliveries.map(({ id, result }) => ({ sink, id, result: JSON.stringify(result) }))
}
