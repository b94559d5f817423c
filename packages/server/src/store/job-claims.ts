/**
 * Claims due jobs and reads them in the same statement: whoever works on one need not ask for it. As good as a look after
 * the claim: what is claimed was not touched since the statement began, and no holder moves a job without its wakeup; see
 * `claiming.ts`. What somebody else moves later shows by its version, as with every job in a worker's hand.
 */
import type { Queryable } from '../db/db.ts'
import { claiming, claimValues, type Look, type Looked, type LookedRow, lookedColumns, lookedIn } from './claiming.ts'
import { handJob } from './handed-jobs.ts'
import { type JobRow, jobColumns } from './jobs.ts'

type StoredJob = Omit<JobRow, 'id' | 'isWorking'>
// Null where the wakeup has outlived its job.
type ClaimedJob = LookedRow & (StoredJob | { version: null })

/** As `claimWakeups`, for the lane of jobs; each is handed over with its claim. Relies on the primary key. */
export async function claimJobs(db: Queryable, look: Look): Promise<Looked> {
  const { rows } = await db.query<ClaimedJob>(
    `with ${claiming} select ${lookedColumns}, ${jobColumns}
     from looked left join becket.job j on j.id = looked.subject`,
    claimValues(look),
  )
  return lookedIn(look.lane, rows, (claim, row) => {
    if (row.version !== null) handJob(claim, jobIn(row, claim.subject))
  })
}

/** Without what the look said of its claim. */
function jobIn(row: StoredJob, id: string): JobRow {
  const { pipeline, key, stage, state, attempt, postponed, version, input, data, output, error, deliverTo } = row
  const { createdAt, updatedAt, finishedAt, prunedAt, expectationId } = row
  return {
    id,
    pipeline,
    key,
    stage,
    state,
    attempt,
    postponed,
    version,
    input,
    data,
    output,
    error,
    deliverTo,
    createdAt,
    updatedAt,
    finishedAt,
    prunedAt,
    expectationId,
    isWorking: true,
  }
}
