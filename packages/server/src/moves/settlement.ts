/**
 * The settle transaction: appends the evidence, moves the expectation, moves the job, and writes the next wakeup, all
 * in one. The decision is core's; callback, check, artifact, response and operator all come through here.
 */
import type { EvidenceOrigin } from '@becket/client/contract'
import { correlationKey } from '../core/correlation.ts'
import { decideJob, type JobError, type JobMove, type RetryPolicy, type StageOutcome } from '../core/job.ts'
import { jobTransitions } from '../core/job-state.ts'
import { indexOfStage, type PipelineShape } from '../core/pipeline.ts'
import { shapeOf } from '../core/pipeline-shapes.ts'
import { type Settlement, settle } from '../core/settle.ts'
import type { Tx } from '../db/db.ts'
import { appendEvents } from '../store/events.ts'
import { appendEvidence } from '../store/evidence.ts'
import {
  type ExpectationError,
  type ExpectationRow,
  isLatestAttempt,
  lockExpectation,
  lockOpenOfJob,
  moveExpectation,
} from '../store/expectations.ts'
import { lockJob } from '../store/jobs.ts'
import { takeOrphans } from '../store/orphans.ts'
import { removeWakeups, type Taker, wake } from '../store/wakeups.ts'
import { enqueueExpectationResult } from './deliveries.ts'
import { rematch } from './dispatch.ts'
import { applyJobMove } from './job-moves.ts'
import { type Learning, learnFrom } from './learning.ts'

export interface SettleRules {
  retry: RetryPolicy
  random: () => number
  /** Absent: nothing is learned. */
  learning?: Learning
}

export type EvidenceClaim =
  | { verdict: 'succeeded'; output: unknown; providerTime?: string }
  | { verdict: 'failed'; error: ExpectationError; providerTime?: string }
  | { verdict: 'pending' | 'unknown' }

export interface NewEvidenceOf {
  expectationId: string
  origin: EvidenceOrigin
  /** False for a callback with neither a good signature nor a token of ours. */
  trusted: boolean
  claim: EvidenceClaim
  detail: Record<string, unknown>
  callbackId?: string
  /** The provider's id as the evidence names it: learned, where the submit's answer has not told it (yet). */
  externalId?: string | null
  /** See `Reading`: for a job, which must collect the result, this settles nothing as long as the id is not known. */
  needsExternalId?: boolean
  /** What the job does about a failure, where the caller knows better than "retry if it is retryable". */
  onFailure?: StageOutcome
  /** Effects in the database that belong to this outcome; run only if it settles. */
  effects?: (tx: Tx) => Promise<void>
}

export interface Recorded {
  expectation: ExpectationRow
  settlement: Settlement
}

/** Null when there is no such expectation. */
export async function recordEvidence(
  tx: Tx,
  taker: Taker,
  evidence: NewEvidenceOf,
  rules: SettleRules,
): Promise<Recorded | null> {
  const row = await lockExpectation(tx, evidence.expectationId)
  if (row === null) return null
  const { claim } = evidence
  const isOutOfReach = evidence.needsExternalId === true && row.externalId === null && row.jobId !== null
  const trusted = evidence.trusted && !isOutOfReach
  const settlement = settle(row, { origin: evidence.origin, verdict: claim.verdict, trusted })
  await appendEvidence(tx, {
    expectationId: row.id,
    origin: evidence.origin,
    verdict: claim.verdict,
    relation: settlement.relation,
    detail: claim.verdict === 'failed' ? { ...evidence.detail, error: claim.error } : evidence.detail,
    providerTime: 'providerTime' in claim ? (claim.providerTime ?? null) : null,
    callbackId: evidence.callbackId ?? null,
  })
  learnFrom(tx, rules.learning, row, evidence, settlement)
  if (settlement.kind === 'recorded') {
    if (settlement.makesCheckDue) {
      await wake(tx, { lane: 'expectation', subject: row.id, rank: 0, afterMs: 0 }, taker)
    }
    if (settlement.relation !== 'inconclusive') {
      await appendEvents(tx, [
        {
          subject: row.id,
          jobId: row.jobId,
          type: `evidence.${settlement.relation}`,
          severity: settlement.relation === 'contradicting' ? 'warn' : 'info',
          data: { origin: evidence.origin, verdict: claim.verdict, settledBy: row.settledBy },
        },
      ])
    }
    return { expectation: row, settlement }
  }
  const known = learned(row, evidence.externalId ?? null)
  await moveExpectation(tx, row, {
    state: settlement.state,
    settledBy: evidence.origin,
    outcome: claim.verdict === 'succeeded' ? claim.output : undefined,
    error: claim.verdict === 'failed' ? claim.error : null,
    ...known,
  })
  // What came by that id alone, before anybody knew whose it was.
  if (known !== null) await rematch(tx, taker, await takeOrphans(tx, [known.correlation]))
  await removeWakeups(tx, 'expectation', [row.id])
  await evidence.effects?.(tx)
  await enqueueExpectationResult(tx, taker, row, {
    state: settlement.state,
    output: claim.verdict === 'succeeded' ? claim.output : null,
    error: claim.verdict === 'failed' ? claim.error : null,
  })
  await appendEvents(tx, [
    {
      subject: row.id,
      jobId: row.jobId,
      type: settlement.relation === 'revived' ? 'expectation.revived' : `expectation.${settlement.state}`,
      severity: settlement.state === 'failed' ? 'warn' : 'info',
      data: {
        settledBy: evidence.origin,
        attempt: row.attempt,
        afterMs: Math.round(row.nowMs - (row.submittedAtMs ?? row.registeredAtMs)),
        overdueMs: Math.max(0, Math.round(row.nowMs - row.expectByMs)),
      },
    },
  ])
  await moveJobOf(tx, taker, row, outcomeOf(row, evidence, settlement.state), rules)
  return { expectation: row, settlement }
}

function learned(row: ExpectationRow, externalId: string | null) {
  // A provider that echoes our own id has not told us its own: that comes with the answer to the submit.
  if (externalId === null || externalId === row.id || row.externalId !== null) return null
  return { externalId, correlation: correlationKey(row.source, externalId) }
}

/** What the end of an expectation means for the stage that waits for it. */
function outcomeOf(row: ExpectationRow, evidence: NewEvidenceOf, state: 'succeeded' | 'failed'): StageOutcomeFor {
  if (state === 'succeeded') return { success: true }
  const { claim } = evidence
  const error = claim.verdict === 'failed' ? claim.error : { code: 'PROVIDER_FAILED', message: '', retryable: false }
  return {
    success: false,
    build: (shape) => {
      if (evidence.onFailure !== undefined) return evidence.onFailure
      const failure = failureOf(shape, row.stage)
      const told: JobError = {
        code: failure?.exact?.find((code) => code === error.code) ?? failure?.failed ?? 'PROVIDER_FAILED',
        message: `${row.source} says ${error.code}: ${error.message}`,
        retryable: error.retryable,
      }
      return error.retryable ? { kind: 'retry', error: told } : { kind: 'fail', error: told }
    },
  }
}

export type StageOutcomeFor = { success: true } | { success: false; build: (shape: PipelineShape) => StageOutcome }

export function failureOf(shape: PipelineShape, stage: string | null) {
  return shape.stages.find((candidate) => candidate.name === stage)?.failure
}

/**
 * Carries the end of one attempt to its job. A success from any attempt completes a stage that is still open, also one
 * that we had given up; a failure counts only from the latest attempt. What the other attempts are is read after the job
 * is locked: read before, one that is being made at that moment would be overlooked. Answers the move; null for none.
 */
export async function moveJobOf(
  tx: Tx,
  taker: Taker,
  row: ExpectationRow,
  outcome: StageOutcomeFor,
  rules: SettleRules,
): Promise<JobMove | null> {
  if (row.jobId === null || row.stage === null) return null
  const job = await lockJob(tx, row.jobId)
  if (job === null) throw new Error(`expectation ${row.id} belongs to job ${row.jobId}, which does not exist`)
  const shape = shapeOf(job.pipeline)
  if (indexOfStage(shape, job.stage) !== indexOfStage(shape, row.stage)) return null
  const isOpen = job.state === 'queued' || job.state === 'waiting' || job.state === 'retryable'
  if (!isOpen && !(outcome.success && job.state === 'deadletter')) return null
  if (!outcome.success && !(await isLatestAttempt(tx, row))) return null
  if (outcome.success) await cancelOthers(tx, row)
  const stageOutcome: StageOutcome = outcome.success
    ? { kind: shape.stages[indexOfStage(shape, row.stage)]?.onSuccess ?? 'done' }
    : outcome.build(shape)
  const move = decideJob(shape, job, stageOutcome, rules.retry, rules.random)
  if (!jobTransitions[job.state].includes(move.state)) return null
  const data = outcome.success ? { settled: { ...asRecord(job.data.settled), [row.stage]: row.id } } : {}
  const moved = await applyJobMove(tx, job, move, { kind: 'settler', taker }, { data })
  if (!moved) throw new Error(`job ${job.id} changed under its lock`)
  return move
}

async function cancelOthers(tx: Tx, { id, jobId, stage }: ExpectationRow): Promise<void> {
  const open = jobId === null ? [] : await lockOpenOfJob(tx, jobId)
  const others = open.filter((candidate) => candidate.id !== id && candidate.stage === stage)
  if (others.length === 0) return
  for (const other of others) await moveExpectation(tx, other, { state: 'cancelled' })
  await removeWakeups(
    tx,
    'expectation',
    others.map((other) => other.id),
  )
  await appendEvents(
    tx,
    others.map((other) => ({
      subject: other.id,
      jobId: other.jobId,
      type: 'expectation.cancelled',
      data: { reason: 'another attempt succeeded', attempt: other.attempt },
    })),
  )
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
}
