/** The two ways to stop waiting for an attempt: another one is made, or the deadline has passed. */
import { isOpen } from '../core/expectation.ts'
import type { JobError } from '../core/job.ts'
import type { Queryable, Tx } from '../db/db.ts'
import { lookAgain } from './dispatch.ts'
import { appendEvents } from './events.ts'
import { type ExpectationRow, lockExpectation, moveExpectation } from './expectations.ts'
import { failureOf, moveJobOf, type SettleRules } from './settlement.ts'
import { type Claim, finishWakeup, type Taker } from './wakeups.ts'

/** Whether the job of this expectation waits for just this attempt. */
export async function isCurrentAttempt(db: Queryable, row: ExpectationRow): Promise<boolean> {
  if (row.jobId === null) return false
  const { rows } = await db.query(
    `select 1 from becket.job j
     where j.id = $1 and j.state = 'waiting' and j.stage = $2
       and not exists (select 1 from becket.expectation e where e.job_id = j.id and e.stage = j.stage and e.id > $3)`,
    [row.jobId, row.stage, row.id],
  )
  return rows.length > 0
}

/**
 * Nobody knows whether the provider took the attempt, and its operation may safely be repeated: the job makes another
 * one. The old one stays open until its deadline, and may still be the first to succeed.
 */
export async function resubmit(tx: Tx, taker: Taker, id: string, claim: Claim, rules: SettleRules): Promise<void> {
  const locked = await lockExpectation(tx, id)
  if (locked === null) return finishWakeup(tx, claim)
  const { row, siblings } = locked
  if (row.state !== 'unconfirmed') return lookAgain(tx, taker, id, 0, claim)
  await lookAgain(tx, taker, id, Math.max(1, row.deadlineMs - row.nowMs), claim)
  const error: JobError = {
    code: 'PROVIDER_FAILED',
    message: `nobody knows whether ${row.source} took attempt ${row.attempt}; another is made`,
    retryable: true,
  }
  await appendEvents(tx, [
    {
      subject: row.id,
      jobId: row.jobId,
      type: 'expectation.resubmitted',
      severity: 'warn',
      data: { attempt: row.attempt, source: row.source, operation: row.operation },
    },
  ])
  await moveJobOf(
    tx,
    taker,
    row,
    siblings,
    { success: false, build: () => ({ kind: 'retry', error, afterMs: 0 }) },
    rules,
  )
}

/** The deadline has passed: we stop waiting, and the job goes to the dead letters. A late success still revives both. */
export async function expire(tx: Tx, taker: Taker, id: string, claim: Claim, rules: SettleRules): Promise<void> {
  const locked = await lockExpectation(tx, id)
  if (locked === null || !isOpen(locked.row.state)) return finishWakeup(tx, claim)
  const { row, siblings } = locked
  await moveExpectation(tx, row, {
    state: 'expired',
    error: { code: 'EXPIRED', message: 'no outcome was proven before the deadline', retryable: true },
  })
  await finishWakeup(tx, claim)
  await appendEvents(tx, [
    {
      subject: row.id,
      jobId: row.jobId,
      type: 'expectation.expired',
      severity: 'error',
      data: { attempt: row.attempt, checks: row.checks, waitedMs: Math.round(row.nowMs - row.registeredAtMs) },
    },
  ])
  await moveJobOf(
    tx,
    taker,
    row,
    siblings,
    {
      success: false,
      build: (shape) => ({
        kind: 'fail',
        error: {
          code: failureOf(shape, row.stage)?.expired ?? 'PROVIDER_FAILED',
          message: `${row.source} proved no outcome of ${row.operation} before the deadline, after ${row.checks} checks`,
          retryable: true,
        },
      }),
    },
    rules,
  )
}
