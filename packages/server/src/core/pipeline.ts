/** The shape of a pipeline: its stages in order, and how stage and state are told to people. The work is in `pipelines/`. */
import type { ErrorCodeName } from '@becket/client/contract'
import type { JobState } from './job-state.ts'

export interface StageShape {
  name: string
  /** `provider`: handed over, its outcome comes as evidence. `local`: runs here. */
  kind: 'provider' | 'local'
  /** After the provider's success: on to the next stage, or the same one again for what is left of it. */
  onSuccess?: 'done' | 'again'
  /** Where an operator's retry begins, when doing this stage again on the same input could only fail again. */
  retryFrom?: string
  /** The errors after which a retry begins at `retryFrom`; absent: after every one. */
  retryFromAfter?: readonly ErrorCodeName[]
  /** What the job's user is told when the provider failed, or never answered. */
  failure?: {
    failed: ErrorCodeName
    expired: ErrorCodeName
    /** Codes by which our own reading of the provider's answer says it more exactly than `failed`. */
    exact?: readonly ErrorCodeName[]
  }
}

/** Where a job stands, as its status is derived from it. */
export interface JobStanding {
  stage: string
  state: JobState
  /** A worker has it in hand, or a provider does. */
  isWorking: boolean
  attempt: number
}

export interface PipelineShape {
  name: string
  stages: readonly StageShape[]
  /** The word that the pipeline's users know. */
  statusOf(standing: JobStanding): string
  /** Percent, by status. */
  progressOf(status: string): number
  /** Judges what somebody wants a job made from. Absent: its jobs are not made by asking for one. */
  admit?(input: unknown): Admission
}

export type Admission =
  | { kind: 'input'; input: Record<string, unknown> }
  /** `detail`: what is wrong with it, and what would be right. */
  | { kind: 'problem'; detail: string }

export function stageAfter(shape: PipelineShape, stage: string): StageShape | null {
  return shape.stages[indexOfStage(shape, stage) + 1] ?? null
}

/** Later stages are served first, so that a backlog drains from its end: a stage's rank is its place. */
export function rankOfStage(shape: PipelineShape, stage: string): number {
  return indexOfStage(shape, stage)
}

export function indexOfStage(shape: PipelineShape, stage: string): number {
  const index = shape.stages.findIndex((candidate) => candidate.name === stage)
  if (index < 0) throw new Error(`pipeline ${shape.name} has no stage ${stage}`)
  return index
}
