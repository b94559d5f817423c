/** The jobs that the toolkit's stand-in took, in memory. Bounded: the oldest are forgotten. */
import { randomUUID } from 'node:crypto'
import type { RenderFaults } from '../faults/faults.ts'
import type { Luck } from '../faults/luck.ts'
import { createGate, type Gate } from '../stage/gate.ts'
import type { Recipe, RenderBody } from './recipes.ts'

export type RenderOutcome =
  | { kind: 'succeeded'; urls: string[]; transcript: string | null }
  | { kind: 'failed'; code: number; message: string; asObject: boolean }

export interface RenderJob {
  readonly id: string
  /** In Cloud Run mode: the id that the container gives itself, and all its work. */
  readonly containerId: string | null
  readonly recipe: Recipe
  readonly body: RenderBody
  /** SHA-256 of what is to be made. */
  readonly work: string
  readonly attempt: number
  readonly takenAtMs: number
  readonly luck: Luck
  /** As they were when the job was taken. */
  readonly faults: RenderFaults
  standing: 'queued' | 'running' | 'done'
  /** The toolkit restarted before it was done: it never will be. */
  isForgotten: boolean
  /** Null while the work goes on. */
  outcome: RenderOutcome | null
  finishedAtMs: number | null
  /** How often its status was asked for. */
  checks: number
  readonly finished: Gate
  /** Opens when an answer that said "done" has left for somebody who asked. */
  readonly readAsDone: Gate
  /** Opens when the callback was tried, or will not be. */
  readonly firstTried: Gate
}

export interface JobBook {
  open(job: Pick<RenderJob, 'recipe' | 'body' | 'work' | 'attempt' | 'takenAtMs' | 'luck' | 'faults'>): RenderJob
  find(id: string): RenderJob | undefined
  /** Oldest first. */
  all(): RenderJob[]
}

// 5,000 jobs: more than any test or demo hands in.
const MAX_JOBS = 5_000

export function createJobBook(): JobBook {
  const jobs = new Map<string, RenderJob>()
  return {
    open(fields) {
      const isCloudRun = fields.luck.strikes('cloudRun', fields.faults.cloudRun)
      const job: RenderJob = {
        ...fields,
        id: randomUUID(),
        containerId: isCloudRun ? randomUUID() : null,
        standing: 'queued',
        isForgotten: false,
        outcome: null,
        finishedAtMs: null,
        checks: 0,
        finished: createGate(),
        readAsDone: createGate(),
        firstTried: createGate(),
      }
      jobs.set(job.id, job)
      if (jobs.size > MAX_JOBS) {
        const [oldest] = jobs.keys()
        if (oldest !== undefined) jobs.delete(oldest)
      }
      return job
    },
    find: (id) => jobs.get(id),
    all: () => [...jobs.values()],
  }
}
