/**
 * Group commit of the steps that jobs take here: what several workers of this process write at the same time travels in one
 * statement, and each goes on only after its commit. For steps that write nothing but the job, its wakeup and its timeline;
 * every other one, and every one that lost a race, takes the plain way of `job-moves.ts`.
 */
import type { JobMove } from '../core/job.ts'
import { createBatch } from '../db/batch.ts'
import type { Db } from '../db/db.ts'
import { isDataError } from '../db/sql-error.ts'
import { noteEnd } from '../store/claim-ends.ts'
import { datedEvents, type NewEvent } from '../store/events.ts'
import { retryConflicts } from '../store/handover.ts'
import { type JobStep, stepJobs } from '../store/job-batches.ts'
import { hasEnded, type JobRow, type JobWrite, movedRow, requireTransition } from '../store/jobs.ts'
import type { Claim } from '../store/wakeups.ts'
import { eventOf, withSupportId } from './job-moves.ts'

export interface JobSteps {
  /** The job as it stands now; null: not written, to be tried the plain way. */
  take(
    job: JobRow,
    move: JobMove,
    claim: Claim,
    write?: JobWrite & { events?: readonly NewEvent[] },
  ): Promise<JobRow | null>
}

// 500 steps or 4 MiB: a statement of some milliseconds, for which whoever comes next waits.
const MAX_STEPS = 500
const MAX_BYTES = 4 * 1024 * 1024
// While one is written, the next is on its way: the database need not wait for this process between two.
const PARALLEL = 2
// What a step weighs beside its data and output.
const STEP_BYTES = 1024

export function createJobSteps({ db }: { db: Db }): JobSteps {
  const batch = createBatch<JobStep, Date | null>({
    maxItems: MAX_STEPS,
    maxBytes: MAX_BYTES,
    sizeOf: ({ write }) => STEP_BYTES + sizeOf(write.data) + sizeOf(write.output),
    async run(steps) {
      const sole = latest(steps)
      const { at, missed } = await retryConflicts(() => stepJobs(db, sole))
      const written = new Set(sole)
      return steps.map((step) => (written.has(step) && !missed.has(step.claim.fence) ? at : null))
    },
    isPoison: isDataError,
    parallel: PARALLEL,
  })

  return {
    async take(job, move, claim, write = {}) {
      if (!isPlain(job, move)) return null
      requireTransition(job, move.state)
      const told = { ...move, error: withSupportId(move) }
      const events = datedEvents([...(write.events ?? []), eventOf(job, told)])
      const keepRank = move.dueInMs === null ? null : move.rank
      const updatedAt = await batch.add({ from: job, move: told, write, claim, keepRank, events })
      if (updatedAt === null) return null
      if (keepRank === null) noteEnd(claim)
      return movedRow(job, told, write, updatedAt)
    },
  }
}

/** Of two holders of one job, the one whose hold is the later: the other one was thought dead, and is too late. */
function latest(steps: readonly JobStep[]): JobStep[] {
  const byJob = new Map<string, JobStep>()
  for (const step of steps) {
    const other = byJob.get(step.from.id)
    if (other === undefined || BigInt(other.claim.fence) < BigInt(step.claim.fence)) byJob.set(step.from.id, step)
  }
  return [...byJob.values()]
}

/** Goes on at once, or is over and nobody is to be told. */
function isPlain(job: JobRow, move: JobMove): boolean {
  if (move.dueInMs !== null) return move.dueInMs <= 0
  return !hasEnded(move.state) || job.deliverTo === null || job.deliverTo.length === 0
}

function sizeOf(value: Record<string, unknown> | undefined): number {
  return value === undefined ? 0 : JSON.stringify(value).length
}
