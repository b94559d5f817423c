/** The two ways to stop waiting for an attempt: another one is made, or the deadline has passed. */
import { costsATry, isOpen, openStates } from '../core/expectation.ts'
import { decideJob, type JobError } from '../core/job.ts'
import { shapeOf } from '../core/pipeline-shapes.ts'
import type { Queryable, Tx } from '../db/db.ts'
import { appendEvents } from '../store/events.ts'
import { type ExpectationRow, isLatestAttempt, lockExpectation, moveExpectation } from '../store/expectations.ts'
import { lockJob } from '../store/jobs.ts'
import { type Claim, endWakeup, finishWakeup, rescheduleWakeup, type Taker } from '../store/wakeups.ts'
import { enqueueExpectationResult } from './deliveries.ts'
import { INTERRUPTED, lookAgain } from './dispatch.ts'
import { failureOf, moveJobOf, type StageOutcomeFor } from './job-endings.ts'
import { applyJobMove } from './job-moves.ts'
import { learnFromExpiry } from './learning.ts'
import type { SettleRules } from './report.ts'

const EXPIRED = { code: 'EXPIRED', message: 'no outcome was proven before the deadline', retryable: true }

/** Whether the job of this expectation waits for just this attempt. */
export async function isCurrentAttempt(db: Queryable, row: ExpectationRow): Promise<boolean> {
  if (row.jobId === null) return false
  const { rows } = await db.query(`select 1 from becket.job where id = $1 and state = 'waiting' and stage = $2`, [
    row.jobId,
    row.stage,
  ])
  return rows.length > 0 && (await isLatestAttempt(db, row))
}

/**
 * Nobody knows whether the provider took the attempt, and its operation may safely be repeated: the job makes another
 * one. The old one stays open until its deadline, and may still be the first to succeed.
 */
export async function resubmit(tx: Tx, taker: Taker, id: string, claim: Claim, rules: SettleRules): Promise<void> {
  const row = await lockExpectation(tx, id)
  if (row === null) return finishWakeup(tx, claim)
  if (row.state !== 'unconfirmed') return lookAgain(tx, taker, id, 0, claim)
  await lookAgain(tx, taker, id, Math.max(1, row.deadlineMs - row.nowMs), claim)
  const error: JobError = {
    code: 'PROVIDER_FAILED',
    message: `nobody knows whether ${row.source} took attempt ${row.attempt}`,
    retryable: true,
  }
  const isCounted = costsATry({ attempt: row.attempt, wasInterrupted: row.error?.code === INTERRUPTED })
  const again: StageOutcomeFor = {
    success: false,
    build: () => ({ kind: isCounted ? 'retry' : 'postpone', error, afterMs: 0 }),
  }
  const move = await moveJobOf(tx, taker, row, again, rules)
  // Too many tries already: the job says so itself, and nothing is submitted again.
  if (move?.state !== 'retryable') return
  await appendEvents(tx, [
    {
      subject: row.id,
      jobId: row.jobId,
      type: 'expectation.resubmitted',
      severity: 'warn',
      data: { attempt: row.attempt, source: row.source, operation: row.operation },
    },
  ])
}

/**
 * A job that waits is woken only by a fault, or by a signal that crossed its handing over. If no attempt is open any more,
 * nothing would ever carry it on: it is tried again.
 */
export async function tryForsakenAgain(tx: Tx, taker: Taker, claim: Claim, rules: SettleRules): Promise<void> {
  const job = await lockJob(tx, claim.subject)
  // Whoever makes an attempt holds the job's lock, so that none can be made meanwhile.
  const hasAttempt = job !== null && (await hasOpenAttempt(tx, job.id))
  if (job?.state !== 'waiting' || hasAttempt) return finishWakeup(tx, claim)
  const error: JobError = { code: 'PROVIDER_FAILED', message: 'no attempt was open any more', retryable: true }
  const move = decideJob(shapeOf(job.pipeline), job, { kind: 'retry', error }, rules.retry, rules.random)
  if (!(await applyJobMove(tx, job, move, { kind: 'holder', claim, taker })))
    throw new Error(`job ${job.id} changed under its lock`)
  // The next round of its holder does not see what was written here.
  if (move.dueInMs !== null && move.dueInMs <= 0) await rescheduleWakeup(tx, claim, 0, move.rank)
}

async function hasOpenAttempt(tx: Tx, jobId: string): Promise<boolean> {
  const { rows } = await tx.query('select 1 from becket.expectation where job_id = $1 and state = any($2) limit 1', [
    jobId,
    openStates,
  ])
  return rows.length > 0
}

/** The deadline has passed: we stop waiting, and the job goes to the dead letters. A late success still revives both. */
export async function expire(tx: Tx, taker: Taker, id: string, claim: Claim, rules: SettleRules): Promise<void> {
  const row = await lockExpectation(tx, id)
  if (row === null || !isOpen(row.state)) return finishWakeup(tx, claim)
  // Extended since the caller looked.
  if (row.nowMs < row.deadlineMs) return lookAgain(tx, taker, id, row.deadlineMs - row.nowMs, claim)
  await moveExpectation(tx, row, {
    state: 'expired',
    error: EXPIRED,
  })
  learnFromExpiry(tx, rules.learning, row)
  await endWakeup(tx, claim)
  await enqueueExpectationResult(tx, taker, row, { state: 'expired', output: null, error: EXPIRED })
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
