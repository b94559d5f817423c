/**
 * What the end of an attempt means for the job that waits for it, and the job's move for it. Whether it ended, and how, was
 * decided before; see `reports.ts`.
 */
import { decideJob, type JobError, type JobMove, type StageOutcome } from '../core/job.ts'
import { jobTransitions } from '../core/job-state.ts'
import { indexOfStage, type PipelineShape } from '../core/pipeline.ts'
import { shapeOf } from '../core/pipeline-shapes.ts'
import type { Tx } from '../db/db.ts'
import { appendEvents } from '../store/events.ts'
import { type ExpectationRow, isLatestAttempt, lockOpenOfJob, moveExpectation } from '../store/expectations.ts'
import { lockJob } from '../store/jobs.ts'
import { removeWakeups, type Taker } from '../store/wakeups.ts'
import { applyJobMove } from './job-moves.ts'
import type { NewEvidenceOf, SettleRules } from './report.ts'

/** What the end of an expectation means for the stage that waits for it. */
export function outcomeOf(
  row: ExpectationRow,
  evidence: NewEvidenceOf,
  state: 'succeeded' | 'failed',
): StageOutcomeFor {
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
  // What later stages would need of one that was pruned is gone.
  const mayRevive = job.state === 'deadletter' && job.prunedAt === null
  if (!isOpen && !(outcome.success && mayRevive)) return null
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
