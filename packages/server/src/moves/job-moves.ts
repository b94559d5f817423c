/**
 * Writes a job's move down: the row, its wakeup and its timeline, in the caller's transaction. Where a job goes is
 * decided in core; this is the only place that carries it out.
 */
import { randomUUID } from 'node:crypto'
import type { JobError, JobMove } from '../core/job.ts'
import type { Tx } from '../db/db.ts'
import { noteEnd } from '../store/claim-ends.ts'
import { appendEvents, type NewEvent } from '../store/events.ts'
import { handing } from '../store/handed-jobs.ts'
import { stepJobs } from '../store/job-batches.ts'
import { type JobRow, type JobWrite, movedRow, moveJob, requireTransition } from '../store/jobs.ts'
import {
  type Claim,
  finishWakeup,
  keepWakeup,
  removeWakeups,
  rescheduleWakeup,
  type Taker,
  wake,
} from '../store/wakeups.ts'
import { enqueueJobResult } from './deliveries.ts'

/** Who moves the job: the worker that holds its wakeup, or somebody who settles what it waits for. */
export type Mover = { kind: 'holder'; claim: Claim; taker?: Taker } | { kind: 'settler'; taker: Taker }

/** False when somebody else moved the job first: nothing was written. */
export async function applyJobMove(
  tx: Tx,
  job: JobRow,
  move: JobMove,
  mover: Mover,
  write: JobWrite & { events?: readonly NewEvent[] } = {},
): Promise<boolean> {
  const told = { ...move, error: withSupportId(move) }
  requireTransition(job, move.state)
  if (!(await step(tx, job, told, mover, write))) {
    if (!(await moveJob(tx, job, told, write))) return false
    await moveWakeup(tx, movedRow(job, told, write), move, mover)
  }
  await enqueueJobResult(tx, mover.taker ?? null, job, told, write.output)
  await appendEvents(tx, [...(write.events ?? []), eventOf(job, told)])
  return true
}

/**
 * The holder's usual way, the job and its wakeup in one statement. False where nothing was written: it is another way, or
 * something came between, and what that was shows in the statements one by one.
 */
async function step(tx: Tx, job: JobRow, move: JobMove, mover: Mover, write: JobWrite): Promise<boolean> {
  const goesOn = move.dueInMs !== null
  if (mover.kind !== 'holder' || (move.dueInMs !== null && move.dueInMs > 0)) return false
  const { claim } = mover
  const keepRank = goesOn ? move.rank : null
  const { missed } = await stepJobs(tx, [{ from: job, move, write, claim, keepRank, events: [] }])
  const isWritten = missed.size === 0
  if (isWritten && !goesOn) noteEnd(claim)
  return isWritten
}

async function moveWakeup(tx: Tx, job: JobRow, move: JobMove, mover: Mover): Promise<void> {
  if (mover.kind === 'holder') {
    if (move.dueInMs === null) return finishWakeup(tx, mover.claim)
    if (move.dueInMs > 0) return rescheduleWakeup(tx, mover.claim, move.dueInMs, move.rank)
    return keepWakeup(tx, mover.claim, move.rank)
  }
  if (move.dueInMs === null) return removeWakeups(tx, 'job', [job.id])
  const due = { lane: 'job', subject: job.id, rank: move.rank, afterMs: move.dueInMs } as const
  return wake(tx, due, handing(mover.taker, job))
}

/** A job that ends in failure gives its user something to quote. */
export function withSupportId(move: JobMove): JobError | null {
  if (move.error === null || move.state !== 'deadletter') return move.error
  return { ...move.error, supportId: move.error.supportId ?? randomUUID() }
}

export function eventOf(job: JobRow, move: JobMove): NewEvent {
  const common = { subject: job.id, jobId: job.id }
  const data = { stage: job.stage, attempt: job.attempt }
  switch (move.state) {
    case 'done':
      return { ...common, type: 'job.done', data }
    case 'cancelled':
      return { ...common, type: 'job.cancelled', severity: 'warn', data }
    case 'waiting':
      return { ...common, type: 'stage.handed-over', data }
    case 'deadletter':
      return { ...common, type: 'job.deadletter', severity: 'error', data: { ...data, error: move.error } }
    case 'retryable': {
      const type = move.postponed > job.postponed ? 'stage.postponed' : 'stage.retry'
      const severity = move.error === null ? 'info' : 'warn'
      return { ...common, type, severity, data: { ...data, error: move.error, dueInMs: move.dueInMs } }
    }
    case 'queued': {
      const hasMovedOn = move.stage !== job.stage
      if (hasMovedOn) return { ...common, type: 'stage.done', data: { ...data, next: move.stage } }
      return { ...common, type: 'stage.again', data }
    }
    default:
      return move.state satisfies never
  }
}
