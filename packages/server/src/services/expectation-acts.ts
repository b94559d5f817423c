/**
 * What is done to one expectation by hand: by an operator, or by an application that knows better. Each act locks it, is
 * one transaction, and leaves its trace on the timeline.
 */
import type { Cancel, Expectation, ExtendRequest, NotSubmitted, SettleRequest } from '@becket/client/contract'
import { AppError } from '../core/error.ts'
import { isOpen } from '../core/expectation.ts'
import type { JobError } from '../core/job.ts'
import type { Db, Tx } from '../db/db.ts'
import { enqueueExpectationResult } from '../moves/deliveries.ts'
import { moveJobOf } from '../moves/job-endings.ts'
import { recordEvidence, type SettleRules } from '../moves/settlement.ts'
import { appendEvents, type NewEvent } from '../store/events.ts'
import { type ExpectationRow, lockExpectation, moveDeadline, moveExpectation } from '../store/expectations.ts'
import { type Room, transact } from '../store/handover.ts'
import { removeWakeups, type Taker, wake } from '../store/wakeups.ts'
import { byOf, type Principal } from './principal.ts'

export interface ExpectationActsOptions {
  db: Db
  room: Room
  rules: SettleRules
  show(id: string): Promise<Expectation>
}

export function createExpectationActs({ db, room, rules, show }: ExpectationActsOptions) {
  async function notSubmitted(id: string, request: NotSubmitted, by: Principal): Promise<Expectation | null> {
    return change(id, async (tx, taker, row) => {
      if (row.state !== 'registered' && row.state !== 'unconfirmed') throw conflict(row, 'be called not submitted')
      const error = { code: 'NOT_SUBMITTED', message: request.reason, retryable: true }
      await moveExpectation(tx, row, { state: 'cancelled', error })
      await removeWakeups(tx, 'expectation', [id])
      await enqueueExpectationResult(tx, taker, row, { state: 'cancelled', output: null, error })
      await trace(tx, id, 'expectation.not-submitted', by, { reason: request.reason })
      // A job that waited for it makes another attempt; since the provider never got this one, it costs no try.
      const told: JobError = { code: 'PROVIDER_FAILED', message: `not submitted: ${request.reason}`, retryable: true }
      const again = { success: false as const, build: () => ({ kind: 'postpone' as const, afterMs: 0, error: told }) }
      await moveJobOf(tx, taker, row, again, rules)
    })
  }

  async function check(id: string, by: Principal): Promise<Expectation | null> {
    return change(id, async (tx, taker, row) => {
      if (!isOpen(row.state)) throw conflict(row, 'be checked')
      await wake(tx, { lane: 'expectation', subject: id, rank: 0, afterMs: 0 }, taker)
      await trace(tx, id, 'expectation.check-asked', by, {})
    })
  }

  async function extend(id: string, request: ExtendRequest, by: Principal): Promise<Expectation | null> {
    return change(id, async (tx, taker, row) => {
      if (!isOpen(row.state)) throw conflict(row, 'be extended')
      const deadlineMs =
        request.deadline === undefined
          ? Math.max(row.deadlineMs, row.nowMs) + (request.by ?? 0)
          : Date.parse(request.deadline)
      if (deadlineMs <= row.nowMs) throw new AppError('REQUEST_INVALID', 'The new deadline lies in the past')
      await moveDeadline(tx, id, deadlineMs)
      // An earlier deadline must not be slept through.
      await wake(tx, { lane: 'expectation', subject: id, rank: 0, afterMs: deadlineMs - row.nowMs }, taker)
      const deadline = new Date(deadlineMs).toISOString()
      await trace(tx, id, 'expectation.extended', by, { deadline, reason: request.reason })
    })
  }

  async function settle(id: string, request: SettleRequest, by: Principal): Promise<Expectation | null> {
    return change(id, async (tx, taker, row) => {
      const recorded = await recordEvidence(
        tx,
        taker,
        {
          expectationId: id,
          origin: 'operator',
          trusted: true,
          claim:
            request.verdict === 'succeeded'
              ? { verdict: 'succeeded', output: request.output ?? null }
              : {
                  verdict: 'failed',
                  error: request.error ?? { code: 'SETTLED_BY_OPERATOR', message: request.reason, retryable: false },
                },
          detail: { reason: request.reason, ...byOf(by) },
        },
        rules,
      )
      if (recorded?.settlement.kind !== 'settled') throw conflict(row, 'be settled')
    })
  }

  async function cancel(id: string, request: Cancel, by: Principal): Promise<Expectation | null> {
    return change(id, async (tx, taker, row) => {
      if (!isOpen(row.state)) throw conflict(row, 'be cancelled')
      if (row.jobId !== null) {
        throw new AppError('STATE_CONFLICT', `Expectation ${id} belongs to job ${row.jobId}`, {
          hint: `Cancel the job instead: becket jobs cancel ${row.jobId}`,
        })
      }
      const error = { code: 'CANCELLED', message: request.reason, retryable: false }
      await moveExpectation(tx, row, { state: 'cancelled', error })
      await removeWakeups(tx, 'expectation', [id])
      await enqueueExpectationResult(tx, taker, row, { state: 'cancelled', output: null, error })
      await trace(tx, id, 'expectation.cancelled', by, { reason: request.reason })
    })
  }

  /** One act on one locked expectation. */
  async function change(
    id: string,
    act: (tx: Tx, taker: Taker, row: ExpectationRow) => Promise<void>,
  ): Promise<Expectation | null> {
    const isKnown = await transact(db, room, async (tx, taker) => {
      const row = await lockExpectation(tx, id)
      if (row === null) return false
      await act(tx, taker, row)
      return true
    })
    return isKnown ? show(id) : null
  }

  return { notSubmitted, check, extend, settle, cancel }
}

function trace(tx: Tx, ...[id, type, by, data]: Parameters<typeof traceOf>): Promise<void> {
  return appendEvents(tx, [traceOf(id, type, by, data)])
}

export function traceOf(id: string, type: string, by: Principal, data: Record<string, unknown>): NewEvent {
  return { subject: id, jobId: null, type, data: { ...data, ...byOf(by) } }
}

function conflict(row: ExpectationRow, what: string): AppError {
  return new AppError('STATE_CONFLICT', `Expectation ${row.id} is ${row.state} and cannot ${what}`)
}
