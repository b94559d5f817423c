/** What befalls one request to the bucket before it does its work, and what may spoil the work. Writes down what does. */
import type { FastifyReply } from 'fastify'
import type { Attempts } from '../faults/attempts.ts'
import type { Dice } from '../faults/dice.ts'
import type { S3Faults } from '../faults/faults.ts'
import { createLuck, type Luck } from '../faults/luck.ts'
import type { S3Operation } from '../faults/s3-faults.ts'
import type { DeedOf } from '../ledger/deed.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { pause } from '../stage/tasks.ts'
import { answerS3Fault } from './answers.ts'

interface Touch {
  operation: S3Operation
  bucket: string
  path: string
  /** What the dice go by: the content's SHA-256, which is the same in every run; the path where there is no content. */
  work: string
}

/** One request, with its luck. */
export interface S3Touched extends Touch {
  attempt: number
  luck: Luck
  faults: S3Faults
}

export interface S3Mishaps {
  /** Null: the request was answered, or never will be. */
  pass(reply: FastifyReply, touch: Touch, signal: AbortSignal): Promise<S3Touched | null>
  strikes(touched: S3Touched, name: Exclude<keyof S3Faults, 'delay'>): boolean
  note(touched: S3Touched, outcome: DeedOf<'object'>['outcome'], status: number | null): void
}

export interface S3MishapsOptions {
  attempts: Attempts
  dice: Dice
  faults: () => S3Faults
  ledger: Ledger
}

export function createS3Mishaps({ attempts, dice, faults, ledger }: S3MishapsOptions): S3Mishaps {
  function noteFault({ bucket, path, attempt }: S3Touched, fault: keyof S3Faults): void {
    const work = `${bucket}/${path}`
    ledger.record({ kind: 'fault', standIn: 's3', operation: 's3', fault, work, attempt, jobId: null })
  }

  function note(touched: S3Touched, outcome: DeedOf<'object'>['outcome'], status: number | null): void {
    const { operation, bucket, path, attempt } = touched
    ledger.record({ kind: 'object', operation, bucket, path, attempt, status, outcome })
  }

  function strikes(touched: S3Touched, name: Exclude<keyof S3Faults, 'delay'>): boolean {
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
      const luck = createLuck({ dice, operation: `s3/${operation}`, work, attempt })
      const touched: S3Touched = { ...touch, attempt, luck, faults: faults() }
      if (strikes(touched, 'hang')) {
        note(touched, 'hung', null)
        reply.hijack()
        return null
      }
      if (strikes(touched, 'slowDown')) {
        note(touched, 'unavailable', 503)
        answerS3Fault(reply, 'SlowDown')
        return null
      }
      const ms = luck.ms('delay', touched.faults.delay)
      if (ms > 0) noteFault(touched, 'delay')
      await pause(ms, signal)
      return touched
    },
  }
}
