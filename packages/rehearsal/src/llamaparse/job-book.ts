/** The parse jobs that the stand-in took, in memory. Bounded: the oldest are forgotten, as a provider's retention does. */
import { randomUUID } from 'node:crypto'
import type { ParseFaults } from '../faults/faults.ts'
import type { Luck } from '../faults/luck.ts'
import type { PageText } from '../pdf/markdown.ts'
import { createGate, type Gate } from '../stage/gate.ts'
import type { CallbackTarget } from './callback-target.ts'

export type ParseOutcome =
  | { kind: 'succeeded'; pages: PageText[]; md: string; text: string }
  | { kind: 'failed'; code: string; message: string }

export interface ParseJob {
  readonly id: string
  readonly api: 'v1' | 'v2'
  /** SHA-256 of the file. */
  readonly work: string
  readonly attempt: number
  readonly filename: string
  readonly takenAtMs: number
  readonly luck: Luck
  /** As they were when the job was taken. */
  readonly faults: ParseFaults
  readonly targets: readonly CallbackTarget[]
  /** Null while the work goes on. */
  outcome: ParseOutcome | null
  readonly finished: Gate
  /** Opens when an answer that said "done" has left for somebody who asked. */
  readonly readAsDone: Gate
  /** Opens when the first try of the callback is over, or none will be made. */
  readonly firstTried: Gate
}

export interface JobBook {
  open(job: Omit<ParseJob, 'id' | 'outcome' | 'finished' | 'readAsDone' | 'firstTried'>): ParseJob
  find(id: string): ParseJob | undefined
}

// 5,000 jobs: more than any test or demo hands in, some hundred megabytes of text at the very worst.
const MAX_JOBS = 5_000

export function createJobBook(): JobBook {
  const jobs = new Map<string, ParseJob>()
  return {
    open(fields) {
      const job: ParseJob = {
        ...fields,
        id: randomUUID(),
        outcome: null,
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
  }
}
