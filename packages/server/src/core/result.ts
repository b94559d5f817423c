/** Puts the end of a job or of an expectation into the words in which sinks get it. */
import type { Result, ResultType } from '@becket/client/contract'
import type { JobError } from './job.ts'
import type { JobState } from './job-state.ts'
import type { PipelineShape } from './pipeline.ts'

/** Without the time of the end, which is the database's to say. */
export type ResultDraft = Omit<Result, 'endedAt'>

const typeOfJob: Partial<Record<JobState, ResultType>> = {
  done: 'job.done',
  deadletter: 'job.deadletter',
  cancelled: 'job.cancelled',
}

export interface EndedJob {
  id: string
  key: string
  pipeline: string
  stage: string
  state: JobState
  attempt: number
  output: unknown
  error: JobError | null
  /** ISO 8601. */
  createdAt: string
}

/** Null while the job has not ended. */
export function resultOfJob(shape: PipelineShape, job: EndedJob): ResultDraft | null {
  const type = typeOfJob[job.state]
  if (type === undefined) return null
  const { stage, state, attempt } = job
  return {
    type,
    id: job.id,
    key: job.key,
    pipeline: job.pipeline,
    source: null,
    operation: null,
    state,
    status: shape.statusOf({ stage, state, attempt, isWorking: false }),
    output: job.output ?? null,
    error: job.error,
    createdAt: job.createdAt,
  }
}

export interface EndedExpectation {
  id: string
  key: string
  source: string
  operation: string
  state: 'succeeded' | 'failed' | 'cancelled' | 'expired'
  output: unknown
  error: { code: string; message: string; retryable: boolean } | null
  /** ISO 8601. */
  registeredAt: string
}

export function resultOfExpectation(expectation: EndedExpectation): ResultDraft {
  return {
    type: `expectation.${expectation.state}`,
    id: expectation.id,
    key: expectation.key,
    pipeline: null,
    source: expectation.source,
    operation: expectation.operation,
    state: expectation.state,
    status: null,
    output: expectation.output ?? null,
    error: expectation.error,
    createdAt: expectation.registeredAt,
  }
}
