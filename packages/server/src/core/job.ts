/** Where the result of a stage takes a job. Decides only; `moves/job-moves.ts` writes it down. */
import type { ErrorCodeName } from '@becket/client/contract'
import { backoffMs } from './backoff.ts'
import type { JobState } from './job-state.ts'
import { indexOfStage, type PipelineShape, rankOfStage, stageAfter } from './pipeline.ts'

export interface JobError {
  code: ErrorCodeName
  /** For the operator: what happened, to what. */
  message: string
  retryable: boolean
  /** What the user may quote; given once, when the job ends. */
  supportId?: string
}

/** What came of working on a stage. */
export type StageOutcome =
  | { kind: 'done' }
  /** Part of the stage is done, the same stage has more to do. */
  | { kind: 'again' }
  /** Handed to a provider: an expectation is open. */
  | { kind: 'handed-over' }
  /** A try that failed and counts. `afterMs`: the schedule where the stage has its own. */
  | { kind: 'retry'; error: JobError; afterMs?: number }
  /** Not tried, for a reason outside the job (an open breaker, a rate limit): does not count. Null: nothing is wrong. */
  | { kind: 'postpone'; afterMs: number; error: JobError | null }
  | { kind: 'fail'; error: JobError }

export interface JobPosition {
  stage: string
  state: JobState
  /** Tries at the present stage, from 1. */
  attempt: number
  /** Times the present stage was put off without being tried. */
  postponed: number
}

export interface RetryPolicy {
  /** Tries after the first. */
  maxRetries: number
  baseMs: number
  capMs: number
}

export interface JobMove extends JobPosition {
  rank: number
  /** When the job needs a worker next; null where an expectation carries it on, or it has ended. */
  dueInMs: number | null
  error: JobError | null
}

export function decideJob(
  shape: PipelineShape,
  job: JobPosition,
  outcome: StageOutcome,
  policy: RetryPolicy,
  random: () => number,
): JobMove {
  const stay = { stage: job.stage, rank: rankOfStage(shape, job.stage), attempt: job.attempt, postponed: job.postponed }
  switch (outcome.kind) {
    case 'done': {
      const next = stageAfter(shape, job.stage)
      if (next === null) return { ...stay, state: 'done', dueInMs: null, error: null }
      return {
        stage: next.name,
        rank: rankOfStage(shape, next.name),
        state: 'queued',
        attempt: 1,
        postponed: 0,
        dueInMs: 0,
        error: null,
      }
    }
    case 'again':
      return { ...stay, state: 'queued', attempt: 1, postponed: 0, dueInMs: 0, error: null }
    case 'handed-over':
      return { ...stay, state: 'waiting', dueInMs: null, error: null }
    case 'postpone':
      return {
        ...stay,
        state: 'retryable',
        postponed: job.postponed + 1,
        dueInMs: outcome.afterMs,
        error: outcome.error,
      }
    case 'retry': {
      if (job.attempt > policy.maxRetries) return { ...stay, state: 'deadletter', dueInMs: null, error: outcome.error }
      const afterMs =
        outcome.afterMs ?? backoffMs({ attempt: job.attempt, baseMs: policy.baseMs, capMs: policy.capMs }, random)
      return { ...stay, state: 'retryable', attempt: job.attempt + 1, dueInMs: afterMs, error: outcome.error }
    }
    case 'fail':
      return { ...stay, state: 'deadletter', dueInMs: null, error: outcome.error }
    default:
      return outcome satisfies never
  }
}

/** An operator's retry of a job that was given up: from a stage that can bring something new. */
export function retryJob(shape: PipelineShape, job: JobPosition & { error?: JobError | null }): JobMove {
  const present = shape.stages[indexOfStage(shape, job.stage)]
  const needsMore = present?.retryFromAfter?.some((code) => code === job.error?.code) ?? true
  const stage = (needsMore ? present?.retryFrom : undefined) ?? job.stage
  return { stage, rank: rankOfStage(shape, stage), state: 'queued', attempt: 1, postponed: 0, dueInMs: 0, error: null }
}

export function cancelJob(shape: PipelineShape, job: JobPosition): JobMove {
  return { ...job, rank: rankOfStage(shape, job.stage), state: 'cancelled', dueInMs: null, error: null }
}
