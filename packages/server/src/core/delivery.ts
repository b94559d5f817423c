/** What becomes of a delivery after a sink has answered. Decides only; `moves/deliveries.ts` writes it down. */

import type { DeliveryState } from '@becket/client/contract'

/** The only ways a delivery moves. From its end it comes back by hand only. */
export const deliveryTransitions: Record<DeliveryState, readonly DeliveryState[]> = {
  pending: ['pending', 'delivered', 'dead'],
  delivered: ['pending'],
  dead: ['pending'],
}

/** Where a result goes: a sink, and the queue of it that one holder drains. Kept with the job or the expectation. */
export interface Destination {
  sink: string
  queue: string
}

export interface DeliveryError {
  /** In CAPITALS: ours, or the sink's own. */
  code: string
  message: string
  retryable: boolean
}

/** What a sink says of one delivery. */
export type DeliveryAnswer =
  /** It has it. `receipt`: what it answered, for people: an id of its own, a status. */
  | { kind: 'delivered'; receipt?: Record<string, unknown> }
  /**
   * Not all there yet, or not its turn: look again. Costs no try, so whoever answers it bounds it. `memory` comes back
   * with the next try; left out, what was noted before stays.
   */
  | { kind: 'later'; afterMs: number; reason: string; memory?: Record<string, unknown> }
  /**
   * It may be taken another time. `afterMs`: where the sink said when, else the schedule says it. `isFault`: the sink
   * itself is failing or cannot be reached, which its breaker counts; not so what it said of this one delivery.
   */
  | { kind: 'retry'; error: DeliveryError; afterMs?: number; isFault?: boolean }
  /** The same will never be taken: given up at once. */
  | { kind: 'rejected'; error: DeliveryError }

export type DeliveryMove =
  | { state: 'delivered'; attempts: number; receipt: Record<string, unknown> | null }
  | {
      state: 'pending'
      attempts: number
      dueInMs: number
      error: DeliveryError
      memory: Record<string, unknown> | null
    }
  | { state: 'dead'; attempts: number; error: DeliveryError }

// A tenth either way: what failed together does not come back together.
const JITTER = 0.1

/** `retryMs`: the wait before the second try, the third, and so on; after the last of them it is given up. */
export function decideDelivery(
  before: { attempts: number },
  answer: DeliveryAnswer,
  retryMs: readonly number[],
  random: () => number,
): DeliveryMove {
  switch (answer.kind) {
    case 'delivered':
      return { state: 'delivered', attempts: before.attempts, receipt: answer.receipt ?? null }
    case 'later': {
      const error = { code: 'WAITING', message: answer.reason, retryable: true }
      const { afterMs, memory = null } = answer
      return { state: 'pending', attempts: before.attempts, dueInMs: Math.max(0, afterMs), error, memory }
    }
    case 'retry': {
      const attempts = before.attempts + 1
      const waitMs = retryMs[attempts - 1]
      if (waitMs === undefined) return { state: 'dead', attempts, error: answer.error }
      const dueInMs = answer.afterMs ?? waitMs * (1 - JITTER + 2 * JITTER * random())
      return { state: 'pending', attempts, dueInMs: Math.round(dueInMs), error: answer.error, memory: null }
    }
    case 'rejected':
      return { state: 'dead', attempts: before.attempts + 1, error: answer.error }
    default:
      return answer satisfies never
  }
}
