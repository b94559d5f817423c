/**
 * Writes an attempt down before its provider is called: the expectation, whose wakeup is the caller's, and the job, which
 * waits for it from then on. Calls nobody.
 */
import { keyHash } from '../core/correlation.ts'
import { digestOf } from '../core/digest.ts'
import { decideJob } from '../core/job.ts'
import { shapeOf } from '../core/pipeline-shapes.ts'
import type { Tx } from '../db/db.ts'
import type { NewEvent } from '../store/events.ts'
import { type ExpectationRow, insertExpectation, readLatestAttempt } from '../store/expectations.ts'
import { countInHand, holdBack, letGo, lockRoom, type Place } from '../store/held-back.ts'
import { type JobRow, lockJob } from '../store/jobs.ts'
import { newId } from '../store/new-id.ts'
import { type Claim, type Taker, wake } from '../store/wakeups.ts'
import { applyJobMove } from './job-moves.ts'
import type { SettleRules } from './settlement.ts'

export interface NewAttempt {
  /** As the caller read it: an attempt is made only if nobody moved it since. */
  job: JobRow
  /** The job's wakeup. */
  claim: Claim
  submission: {
    source: string
    operation: string
    /** Which part of the stage's work this is, where a stage hands over several. */
    part?: string
    data?: Record<string, unknown>
    events?: readonly NewEvent[]
  }
  /** `concurrency`: how many the provider may have in hand; absent: any number. */
  settings: { expectWithinMs: number; deadlineMs: number; concurrency?: number }
}

export type Opened =
  | { kind: 'opened'; expectation: ExpectationRow; held: Claim }
  /** Somebody moved the job since it was read: nothing was written. */
  | { kind: 'moved' }
  /** The attempt before turned out to have arrived after all: the job waits for that one again. */
  | { kind: 'taken'; by: string }
  /** The provider has as much in hand as it may: the job waits for room. */
  | { kind: 'held-back' }

export async function openAttempt(
  tx: Tx,
  owner: string,
  { job, claim, submission, settings }: NewAttempt,
  rules: SettleRules,
): Promise<Opened> {
  const { source, operation, part } = submission
  const key = [job.id, job.stage, part].filter((piece) => piece !== undefined).join('/')
  const hash = keyHash(source, operation, key)
  const locked = await lockJob(tx, job.id)
  if (locked === null || locked.version !== job.version) return { kind: 'moved' }
  const handOver = decideJob(shapeOf(job.pipeline), job, { kind: 'handed-over' }, rules.retry, rules.random)
  const before = await readLatestAttempt(tx, hash)
  if (before?.state === 'waiting') {
    // Its answer came late, between the decision to repeat it and now: the provider would do the same work twice.
    await applyJobMove(tx, locked, handOver, { kind: 'holder', claim }, { data: submission.data })
    return { kind: 'taken', by: before.id }
  }
  const { expectWithinMs, deadlineMs, concurrency } = settings
  if (concurrency !== undefined && !(await takeRoom(tx, { source, operation }, concurrency, locked))) {
    await leaveWaiting(tx, { job: locked, claim, submission, settings }, rules)
    return { kind: 'held-back' }
  }
  const parameters = { expectWithinMs, deadlineMs, artifactUrl: null, input: null }
  const expectation = await insertExpectation(tx, {
    id: newId('expectation'),
    source,
    operation,
    key,
    keyHash: hash,
    attempt: (before?.attempt ?? 0) + 1,
    jobId: job.id,
    stage: job.stage,
    state: 'submitting',
    parameters,
    parametersHash: digestOf('parameters', [JSON.stringify(parameters)]),
    externalId: null,
    correlation: null,
  })
  if (expectation === null) return { kind: 'moved' }
  const held = await wakeHeld(tx, expectation.id, owner)
  const events: NewEvent[] = [
    ...(submission.events ?? []),
    {
      subject: expectation.id,
      jobId: job.id,
      type: 'expectation.submitting',
      data: { source, operation, attempt: expectation.attempt },
    },
  ]
  const write = { data: submission.data, events }
  const moved = await applyJobMove(tx, locked, handOver, { kind: 'holder', claim }, write)
  if (!moved) throw new Error(`job ${job.id} changed under its lock`)
  return { kind: 'opened', expectation, held }
}

// 10 min: a job that waits for room is woken when there is some; this is for a wakeup that was lost by a fault of ours.
const HELD_BACK_MS = 600_000

/** Whoever counts holds the lock until its own attempt is written. */
async function takeRoom(tx: Tx, place: Place, limit: number, job: JobRow): Promise<boolean> {
  await lockRoom(tx, place)
  if ((await countInHand(tx, place, limit)) >= limit) return false
  await letGo(tx, place, job.id)
  return true
}

async function leaveWaiting(tx: Tx, attempt: NewAttempt, { retry, random }: SettleRules): Promise<void> {
  const { job, claim, submission, settings } = attempt
  const { source, operation } = submission
  const outcome = { kind: 'postpone', afterMs: HELD_BACK_MS, error: null } as const
  const move = decideJob(shapeOf(job.pipeline), job, outcome, retry, random)
  await holdBack(tx, { source, operation }, { id: job.id, rank: move.rank })
  const data = { source, operation, concurrency: settings.concurrency }
  const events: NewEvent[] = [{ subject: job.id, jobId: job.id, type: 'stage.held-back', data }]
  const moved = await applyJobMove(tx, job, move, { kind: 'holder', claim }, { events })
  if (!moved) throw new Error(`job ${job.id} changed under its lock`)
}

/** The wakeup of a new expectation, in the hand of whoever is about to call the provider: it takes no slot of a lane. */
async function wakeHeld(tx: Tx, subject: string, owner: string): Promise<Claim> {
  const claims: Claim[] = []
  const ourselves: Taker = { owner, reserve: () => true, took: (made) => claims.push(made), left: () => {} }
  await wake(tx, { lane: 'expectation', subject, rank: 0, afterMs: 0 }, ourselves)
  const [held] = claims
  if (held === undefined) throw new Error(`the wakeup of the new expectation ${subject} was there already`)
  return held
}
