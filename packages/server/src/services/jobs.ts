/** What applications and operators do with jobs. */
import {
  type Cancel,
  type CreateJobRequest,
  errorCodes,
  type Job,
  type JobQuery,
  type JobSummary,
  jobStatusSchema,
  type Page,
} from '@becket/client/contract'
import { AppError } from '../core/error.ts'
import { cancelJob, retryJob } from '../core/job.ts'
import type { JobState } from '../core/job-state.ts'
import type { PipelineShape } from '../core/pipeline.ts'
import { shapeOf } from '../core/pipeline-shapes.ts'
import { historySinceMs } from '../core/retention.ts'
import { applyJobMove } from '../moves/job-moves.ts'
import { type EventRow, readTimeline } from '../store/events.ts'
import { lockOpenOfJob, moveExpectation } from '../store/expectations.ts'
import { transact } from '../store/handover.ts'
import { type JobRow, listJobs, lockJob, readJob } from '../store/jobs.ts'
import { removeWakeups } from '../store/wakeups.ts'
import type { Endings } from './endings.ts'
import { createJobMaking, type JobCreation } from './job-creation.ts'
import { pageOf, time, timeOrNull } from './paging.ts'
import { byOf, noWait, type Principal, type Wait } from './principal.ts'

export interface JobServiceOptions extends JobCreation {
  endings: Endings
  /** How long timelines are kept; absent: for ever. */
  eventsKeptMs?: number
}

export function createJobService({ endings, eventsKeptMs = Number.POSITIVE_INFINITY, ...creation }: JobServiceOptions) {
  const { db, room } = creation
  const making = createJobMaking(creation)

  async function create(request: CreateJobRequest, by: Principal): Promise<{ job: Job; created: boolean }> {
    const { id, created } = await making.make(request, by)
    if (created !== null) return { job: shown(created.job, [created.event]), created: true }
    const job = await get(id, noWait)
    if (job === null) throw new Error(`job ${id} is not there`)
    return { job, created: false }
  }

  async function get(id: string, wait: Wait): Promise<Job | null> {
    const row = await readJob(db, id)
    if (row === null) return null
    if (wait.waitMs > 0 && !hasEnded(row.state)) {
      await endings.wait('job', id, wait)
      return get(id, { ...wait, waitMs: 0 })
    }
    const since = historySinceMs(row.createdAt.getTime(), eventsKeptMs, Date.now())
    return { ...shown(row, await readTimeline(db, { jobId: id })), timelineSince: timeOrNull(since) }
  }

  async function list(query: JobQuery): Promise<Page<JobSummary>> {
    const rows = await listJobs(db, {
      pipeline: query.pipeline ?? null,
      key: query.key ?? null,
      states: query.state === undefined ? null : query.state.flatMap(storedStates),
      before: query.cursor ?? null,
      limit: query.limit,
    })
    const page = pageOf(rows, query.limit, summaryOf)
    // `working` and statuses are derived, so what the rows could not tell is left out here: a page may be short.
    const isWanted = (job: JobSummary) =>
      (query.state === undefined || query.state.includes(job.state)) &&
      (query.status === undefined || (job.status !== null && query.status.includes(job.status)))
    return { ...page, items: page.items.filter(isWanted) }
  }

  async function retry(id: string, by: Principal): Promise<Job | null> {
    return change(id, 'retried', by, (shape, job) => {
      if (job.state !== 'deadletter') throw conflict(job, 'is retried: only a dead letter can be')
      if (job.prunedAt !== null) throw dropped(job, job.prunedAt)
      return retryJob(shape, job)
    })
  }

  async function cancel(id: string, request: Cancel, by: Principal): Promise<Job | null> {
    return change(
      id,
      'cancel-asked',
      by,
      (shape, job) => {
        if (hasEnded(job.state)) throw conflict(job, 'is cancelled')
        return cancelJob(shape, job)
      },
      request.reason,
    )
  }

  /** Locks the job's open expectations first, as everybody does, then the job, then moves it. */
  async function change(
    id: string,
    type: 'retried' | 'cancel-asked',
    by: Principal,
    decide: (shape: PipelineShape, job: JobRow) => ReturnType<typeof cancelJob>,
    reason?: string,
  ): Promise<Job | null> {
    const isKnown = await transact(db, room, async (tx, taker) => {
      await lockOpenOfJob(tx, id)
      const job = await lockJob(tx, id)
      if (job === null) return false
      // Once more: an attempt may have been made while the job's lock was awaited.
      const open = await lockOpenOfJob(tx, id)
      const move = decide(shapeOf(job.pipeline), job)
      for (const row of open) {
        const error = { code: 'CANCELLED', message: reason ?? 'its job was tried again by hand', retryable: false }
        await moveExpectation(tx, row, { state: 'cancelled', error })
      }
      await removeWakeups(
        tx,
        'expectation',
        open.map((row) => row.id),
      )
      const data = { reason: reason ?? null, ...byOf(by) }
      const moved = await applyJobMove(
        tx,
        job,
        move,
        { kind: 'settler', taker },
        {
          events: [{ subject: id, jobId: id, type: `job.${type}`, data }],
        },
      )
      if (!moved) throw new Error(`job ${id} changed under its lock`)
      return true
    })
    return isKnown ? get(id, noWait) : null
  }

  return { create, list, get, retry, cancel }
}

function shown(row: JobRow, timeline: readonly EventRow[]): Job {
  return {
    ...summaryOf(row),
    output: row.output,
    timeline: timeline.map((event) => ({ ...event, at: time(event.at) })),
    timelineSince: null,
  }
}

function summaryOf(row: JobRow): JobSummary {
  const shape = shapeOf(row.pipeline)
  const status = shape.statusOf(row)
  return {
    id: row.id,
    pipeline: row.pipeline,
    key: row.key,
    stage: row.stage,
    state: shownState(row),
    status: jobStatusSchema.options.find((known) => known === status) ?? null,
    attempt: row.attempt,
    progress: shape.progressOf(status),
    createdAt: time(row.createdAt),
    updatedAt: time(row.updatedAt),
    finishedAt: timeOrNull(row.finishedAt),
    prunedAt: timeOrNull(row.prunedAt),
    error: errorOf(row),
    expectationId: row.expectationId,
  }
}

function shownState(row: JobRow): JobSummary['state'] {
  if (row.state === 'waiting') return 'working'
  return row.isWorking && row.state === 'queued' ? 'working' : row.state
}

/** `working` is not stored: a worker holds the job, or a provider has it. */
function storedStates(state: JobSummary['state']): JobState[] {
  return state === 'working' ? ['waiting', 'queued'] : [state]
}

function errorOf(row: JobRow): JobSummary['error'] {
  if (row.error === null) return null
  const { title, hint } = errorCodes[row.error.code]
  return {
    code: row.error.code,
    title,
    message: row.error.message,
    supportId: row.error.supportId ?? row.id,
    hint,
    retryable: row.error.retryable,
  }
}

function hasEnded(state: JobState): boolean {
  return state === 'done' || state === 'deadletter' || state === 'cancelled'
}

function dropped(job: JobRow, at: Date): AppError {
  const detail = `Job ${job.id} cannot be tried again: its input was dropped on ${time(at).slice(0, 10)}`
  return new AppError('NO_LONGER_KEPT', detail, { hint: 'Make a new job of the same input, under another key.' })
}

function conflict(job: JobRow, what: string): AppError {
  return new AppError(
    'STATE_CONFLICT',
    `Job ${job.id} is ${job.state} at stage ${job.stage}; it cannot be that it ${what}`,
  )
}
