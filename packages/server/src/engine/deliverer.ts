/**
 * Drains a sink's queue in order: takes what is due, hands it to the sink, writes down what it answered, until nothing is
 * left. Holds the queue's wakeup meanwhile, so that a queue is drained by one process at a time.
 */
import type { DeliveryAnswer } from '../core/delivery.ts'
import { allFeatures, type Features, isOn } from '../core/feature.ts'
import type { Db } from '../db/db.ts'
import { destinationOf, recordAnswers, recordLateAnswers } from '../moves/deliveries.ts'
import type { Log } from '../observe/log.ts'
import type { Delivery } from '../sinks/sink.ts'
import type { Sink, Sinks } from '../sinks/sinks.ts'
import type { Breakers } from '../store/breakers.ts'
import { type DeliveryWithResult, readDueDeliveries, readNextDelivery } from '../store/outbox.ts'
import { type Claim, finishWakeup, keepWakeup, LostLease, rescheduleWakeup } from '../store/wakeups.ts'
import type { Grip } from './lane.ts'
import { MAX_LAPSES } from './stage-runner.ts'

export interface DelivererOptions {
  db: Db
  sinks: Sinks
  breakers: Breakers
  random: () => number
  /** Absent: everybody has everything. */
  features?: Features
  log: Log
}

// 30 s: how long results wait for a sink that is switched off or not configured, before it is looked for again.
const SINK_AWAY_MS = 30_000

export function createDeliverer({ db, sinks, breakers, random, features = allFeatures, log }: DelivererOptions) {
  async function deliverQueue(claim: Claim, grip: Grip): Promise<void> {
    const { sink: name, queue } = destinationOf(claim.subject)
    for (;;) {
      grip.signal.throwIfAborted()
      const sink = sinks.get(name)
      if (sink?.enabled !== true) return rescheduleWakeup(db, claim, SINK_AWAY_MS)
      if (!isOn(features.settings.delivery)) return rescheduleWakeup(db, claim, SINK_AWAY_MS)
      // What kills its holder again and again is taken one by one, so that it can be told from the rest.
      const isSuspect = claim.lapses >= MAX_LAPSES
      const due = await readDueDeliveries(db, name, queue, isSuspect ? 1 : sink.batchSize)
      if (due.length === 0) {
        if (await rest(claim, name, queue)) return
        continue
      }
      const heldOut = due.filter(({ subject }) => !features.has('delivery', subject))
      if (heldOut.length > 0) await write(sink, claim, heldOut, heldOut.map(holdOut))
      const batch = due.filter((each) => !heldOut.includes(each))
      if (batch.length === 0) continue
      if (isSuspect) {
        await write(sink, claim, batch, [diedRepeatedly(claim)])
        claim.lapses = 0
        continue
      }
      const gate = breakers.gate(`sink:${sink.id}`)
      const admission = await gate.admit()
      if (admission.kind === 'refused') {
        return rescheduleWakeup(db, claim, Math.max(100, admission.retryAtMs - Date.now()))
      }
      const answers = await deliver(sink, batch, grip.signal)
      const fault = faultIn(answers)
      await (fault === null ? gate.succeeded() : gate.faulted(fault))
      await write(sink, claim, batch, answers)
    }
  }

  /** A batch that the sink stumbles over is handed to it one by one, so that only what it stumbles over fails. */
  async function deliver(
    sink: Sink,
    batch: readonly DeliveryWithResult[],
    signal: AbortSignal,
  ): Promise<readonly DeliveryAnswer[]> {
    try {
      const answers = await sink.api.deliver(batch.map(asDelivery), signal)
      if (answers.length === batch.length) return answers
      throw new Error(`the sink gave ${answers.length} answers for ${batch.length} deliveries`)
    } catch (error) {
      signal.throwIfAborted()
      log.error({ sink: sink.id, deliveries: batch.map(({ id }) => id), err: error }, 'a sink failed unexpectedly')
      if (batch.length === 1) return [stumbled(error)]
      const answers: DeliveryAnswer[] = []
      for (const one of batch) answers.push(...(await deliver(sink, [one], signal)))
      return answers
    }
  }

  /** Should the lease be lost by now, what the sink has taken is delivered all the same. */
  async function write(
    sink: Sink,
    claim: Claim,
    deliveries: readonly DeliveryWithResult[],
    answers: readonly DeliveryAnswer[],
  ): Promise<void> {
    const answered = { deliveries, answers, retryMs: sink.retryMs, random }
    try {
      await db.tx(async (tx) => {
        await keepWakeup(tx, claim, 0)
        await recordAnswers(tx, answered)
      })
    } catch (error) {
      if (!(error instanceof LostLease)) throw error
      await db.tx((tx) => recordLateAnswers(tx, claim.subject, answered))
      throw error
    }
  }

  /** True when the queue has nothing to do now. */
  async function rest(claim: Claim, sink: string, queue: string): Promise<boolean> {
    const inMs = await readNextDelivery(db, sink, queue)
    if (inMs === 0) return false
    // What is written meanwhile signals the wakeup, which then stays.
    await (inMs === null ? finishWakeup(db, claim) : rescheduleWakeup(db, claim, inMs))
    return true
  }

  return { deliverQueue }
}

function asDelivery(row: DeliveryWithResult): Delivery {
  const { id, attempts, createdAtMs, result, memory } = row
  return { id, attempts, createdAtMs, ageMs: row.nowMs - createdAtMs, result, memory }
}

/** Faults of the place itself open its breaker; what it refuses for its own good reasons does not. */
function faultIn(answers: readonly DeliveryAnswer[]): string | null {
  for (const answer of answers) {
    if (answer.kind === 'retry' && answer.isFault === true) return `${answer.error.code}: ${answer.error.message}`
  }
  return null
}

/** Later results of the same ordering key wait behind it, so that what is let out then comes in order. */
function holdOut(): DeliveryAnswer {
  return { kind: 'later', afterMs: SINK_AWAY_MS, reason: 'the feature `delivery` is not rolled out to this job' }
}

function stumbled(error: unknown): DeliveryAnswer {
  const message = error instanceof Error ? error.message : String(error)
  return { kind: 'retry', error: { code: 'SINK_FAILED', message, retryable: true } }
}

function diedRepeatedly(claim: Claim): DeliveryAnswer {
  const message = `${claim.lapses} processes in a row went away while they delivered it`
  return { kind: 'rejected', error: { code: 'PROCESS_DIED_REPEATEDLY', message, retryable: true } }
}
