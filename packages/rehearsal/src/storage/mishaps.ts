/** What befalls one request to the storage before it does its work, and what may spoil the work. Writes down what does. */
import type { FastifyReply } from 'fastify'
import type { Attempts } from '../faults/attempts.ts'
import type { Dice } from '../faults/dice.ts'
import type { StoreFaults, StoreOperation } from '../faults/faults.ts'
import { createLuck, type Luck } from '../faults/luck.ts'
import type { DeedOf } from '../ledger/deed.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { pause } from '../stage/tasks.ts'
import { answerFault } from './answers.ts'

interface Touch {
  operation: StoreOperation
  bucket: string
  path: string
  /** What the dice go by: the content's SHA-256, which is the same in every run; the path where there is no content. */
  work: string
}

/** One request, with its luck. */
export interface Touched extends Touch {
  attempt: number
  luck: Luck
  faults: StoreFaults
}

export interface Mishaps {
  /** Null: the request was answered, or never will be. */
  pass(reply: FastifyReply, touch: Touch, signal: AbortSignal): Promise<Touched | null>
  strikes(touched: Touched, name: Exclude<keyof StoreFaults, 'delay'>): boolean
  note(touched: Touched, outcome: DeedOf<'object'>['outcome'], status: number | null): void
}

export interface MishapsOptions {
  attempts: Attempts
  dice: Dice
  faults: () => StoreFaults
  ledger: Ledger
}

export function createMishaps({ attempts, dice, faults, ledger }: MishapsOptions): Mishaps {
  function noteFault({ bucket, path, attempt }: Touched, fault: keyof StoreFaults): void {
    const work = `${bucket}/${path}`
    ledger.record({ kind: 'fault', standIn: 'storage', operation: 'store', fault, work, attempt, jobId: null })
  }

  function note(
    { operation, bucket, path, attempt }: Touched,
    outcome: DeedOf<'object'>['outcome'],
    status: number | null,
  ) {
    ledger.record({ kind: 'object', operation, bucket, path, attempt, status, outcome })
  }

  function strikes(touched: Touched, name: Exclude<keyof StoreFaults, 'delay'>): boolean {
    const fault = touched.faults[name]
    if (fault && 'on' in fault && !fault.on.includes(touched.operation)) return false
    if (!touched.luck.strikes(name, fault)) return false
    noteFault(touched, name)
    return true
  }

  return {
    note,
    strikes,
    async pass(reply, touch, signal) {
      const { operation, bucket, path, work } = touch
      const attempt = attempts.next(`${operation} ${bucket}/${path}`)
      const luck = createLuck({ dice, operation: `store/${operation}`, work, attempt })
      const touched: Touched = { ...touch, attempt, luck, faults: faults() }
      if (strikes(touched, 'hang')) {
        note(touched, 'hung', null)
        reply.hijack()
        return null
      }
      if (strikes(touched, 'unavailable')) {
        const status = touched.faults.unavailable?.status ?? 503
        note(touched, 'unavailable', status)
        const body = { statusCode: String(status), error: 'DatabaseTimeout', message: 'The storage is not available' }
        answerFault(reply, body, status)
        return null
      }
      if (strikes(touched, 'forbidden')) {
        const status = touched.faults.forbidden?.status ?? 403
        note(touched, 'forbidden', status)
        const message = 'new row violates row-level security policy'
        answerFault(reply, { statusCode: '403', error: 'Unauthorized', message }, status)
        return null
      }
      const ms = luck.ms('delay', touched.faults.delay)
      if (ms > 0) noteFault(touched, 'delay')
      await pause(ms, signal)
      return touched
    },
  }
}
