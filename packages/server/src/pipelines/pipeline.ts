/** What a pipeline is made of: for each stage of its shape, the work that is done here or the way it is handed over. */
import type { JobError, StageOutcome } from '../core/job.ts'
import type { PipelineShape } from '../core/pipeline.ts'
import type { Tx } from '../db/db.ts'
import type { SubmitRequest } from '../providers/provider.ts'
import type { NewEvent } from '../store/events.ts'
import type { JobRow } from '../store/jobs.ts'

export interface StageContext {
  job: JobRow
  /** Aborted when the job is somebody else's by now, or the process stops. */
  signal: AbortSignal
}

/** What came of a step, to be written in one transaction with the job's move. */
export interface StageResult {
  outcome: StageOutcome
  /** Merged into the job's data. */
  data?: Record<string, unknown>
  output?: Record<string, unknown>
  events?: NewEvent[]
  /** Effects in the database that belong to this step. */
  effects?: (tx: Tx) => Promise<void>
}

export interface LocalStage {
  kind: 'local'
  run(context: StageContext): Promise<StageResult>
}

/** What is to be handed to a provider, once an expectation is written down. */
export interface Submission {
  kind: 'submission'
  source: string
  operation: string
  input: unknown
  file?: SubmitRequest['file']
  /** Which part of the stage's work this is, where a stage hands over several. */
  part?: string
  data?: Record<string, unknown>
  events?: NewEvent[]
  /** Judges an output that was answered at once, and takes from it what the database is to keep. */
  absorb?(output: unknown): Absorbed
}

/** What is unusable counts as the provider's failure. `output` is what the expectation keeps of it. */
export type Absorbed =
  | { kind: 'usable'; output: unknown; effects: (tx: Tx) => Promise<void> }
  | { kind: 'unusable'; error: JobError }

export interface ProviderStage {
  kind: 'provider'
  prepare(context: StageContext): Promise<Submission | ({ kind: 'result' } & StageResult)>
}

export interface Pipeline {
  shape: PipelineShape
  stages: Record<string, LocalStage | ProviderStage>
}

export type Pipelines = Readonly<Record<string, Pipeline>>
