/** Rows of `job`: one run of a pipeline for one input. A worker's hold on it is its wakeup, never a column here. */
import type { Destination } from '../core/delivery.ts'
import type { JobError, JobMove, JobPosition } from '../core/job.ts'
import { type JobState, jobTransitions } from '../core/job-state.ts'
import type { Queryable, Tx } from '../db/db.ts'
import { toJsonb } from '../db/json.ts'

export interface JobRow extends JobPosition {
  id: string
  pipeline: string
  key: string
  version: number
  input: Record<string, unknown>
  /** What a stage leaves for the next ones. */
  data: Record<string, unknown>
  output: Record<string, unknown> | null
  error: JobError | null
  /** Where its end is told. */
  deliverTo: readonly Destination[] | null
  createdAt: Date
  updatedAt: Date
  finishedAt: Date | null
  /** Since when its input, data and output are gone: it ended long ago. */
  prunedAt: Date | null
  /** A worker holds its wakeup, or a provider has it. */
  isWorking: boolean
  /** The expectation it waits for, or waited for last. */
  expectationId: string | null
}

/** Of a job `j`, what `JobRow` has beside its id and who works on it. */
export const jobColumns = `j.pipeline, j.key, j.stage, j.state, j.attempt, j.postponed, j.version, j.input, j.data, j.output, j.error,
  j.deliver_to as "deliverTo",
  j.created_at as "createdAt", j.updated_at as "updatedAt", j.finished_at as "finishedAt", j.pruned_at as "prunedAt",
  (select e.id from becket.expectation e where e.job_id = j.id order by e.id desc limit 1) as "expectationId"`

// Whether somebody holds it is asked of one row at a time: as an `exists`, the planner reads all that wait.
const columns = `j.id, ${jobColumns}, (j.state = 'waiting' or coalesce((
    select w.owner is not null from becket.wakeup w where w.lane = 'job' and w.subject = j.id
  ), false)) as "isWorking"`

export interface NewJob {
  id: string
  pipeline: string
  key: string
  keyHash: Buffer
  input: Record<string, unknown>
  stage: string
  /** Where its end is told. */
  deliverTo?: readonly Destination[]
}

/** False when the pipeline has a job under that key already. */
export async function insertJob(tx: Tx, job: NewJob): Promise<boolean> {
  const { count } = await tx.query(
    `insert into becket.job (id, pipeline, key, key_hash, input, stage, state, deliver_to)
     values ($1, $2, $3, $4, $5, $6, 'queued', $7) on conflict (pipeline, key_hash) do nothing`,
    [
      job.id,
      job.pipeline,
      job.key,
      job.keyHash,
      toJsonb(job.input),
      job.stage,
      job.deliverTo === undefined ? null : toJsonb(job.deliverTo),
    ],
  )
  return count === 1
}

export async function readJob(db: Queryable, id: string): Promise<JobRow | null> {
  const { rows } = await db.query<JobRow>(`select ${columns} from becket.job j where j.id = $1`, [id])
  return rows[0] ?? null
}

/** By its pipeline's key; relies on the unique index of both. */
export async function findJob(db: Queryable, pipeline: string, keyHash: Buffer): Promise<JobRow | null> {
  const { rows } = await db.query<JobRow>(
    `select ${columns} from becket.job j where j.pipeline = $1 and j.key_hash = $2`,
    [pipeline, keyHash],
  )
  return rows[0] ?? null
}

export async function lockJob(tx: Tx, id: string): Promise<JobRow | null> {
  const { rows } = await tx.query<JobRow>(`select ${columns} from becket.job j where j.id = $1 for update of j`, [id])
  return rows[0] ?? null
}

export interface JobFilter {
  pipeline: string | null
  key: string | null
  states: readonly JobState[] | null
  before: string | null
  limit: number
}

/** Newest first; relies on the primary key, or on job_open where only unfinished ones are asked for. */
export async function listJobs(db: Queryable, filter: JobFilter): Promise<JobRow[]> {
  const { rows } = await db.query<JobRow>(
    `select ${columns} from becket.job j
     where ($1::text is null or j.pipeline = $1) and ($2::text is null or j.key = $2)
       and ($3::text[] is null or j.state = any($3)) and ($4::text is null or j.id < $4)
     order by j.id desc limit $5`,
    [filter.pipeline, filter.key, filter.states, filter.before, filter.limit],
  )
  return rows
}

/** Several at once, by id. */
export async function readJobs(db: Queryable, ids: readonly string[]): Promise<Map<string, JobRow>> {
  if (ids.length === 0) return new Map()
  const { rows } = await db.query<JobRow>(`select ${columns} from becket.job j where j.id = any($1)`, [ids])
  return new Map(rows.map((row) => [row.id, row]))
}

export interface JobWrite {
  /** Merged into `data`, key by key. */
  data?: Record<string, unknown>
  output?: Record<string, unknown>
}

/** Writes a move down, guarded by version; false when somebody moved the job first. */
export async function moveJob(tx: Tx, from: JobRow, move: JobMove, write: JobWrite = {}): Promise<boolean> {
  requireTransition(from, move.state)
  const { count } = await tx.query(
    `update becket.job set stage = $3, state = $4, attempt = $5, postponed = $6, version = version + 1,
       data = data || $7::jsonb, output = coalesce($8::jsonb, output), error = $9::jsonb,
       updated_at = clock_timestamp(), finished_at = case when $10 then clock_timestamp() else null end
     where id = $1 and version = $2`,
    [
      from.id,
      from.version,
      move.stage,
      move.state,
      move.attempt,
      move.postponed,
      toJsonb(write.data ?? {}),
      write.output === undefined ? null : toJsonb(write.output),
      move.error === null ? null : toJsonb(move.error),
      hasEnded(move.state),
    ],
  )
  return count === 1
}

export function requireTransition(from: JobRow, state: JobState): void {
  if (jobTransitions[from.state].includes(state)) return
  throw new Error(`job ${from.id} cannot move from ${from.state} to ${state}`)
}

export function hasEnded(state: JobState): boolean {
  return state === 'done' || state === 'deadletter' || state === 'cancelled'
}

/**
 * The row as a move has left it, in the hand of a worker that goes on with it: nobody need read it again. Data went through
 * the database's JSON, and so it does here.
 */
export function movedRow(from: JobRow, move: JobMove, write: JobWrite, updatedAt = from.updatedAt): JobRow {
  const { stage, state, attempt, postponed, error } = move
  return {
    ...from,
    stage,
    state,
    attempt,
    postponed,
    error,
    version: from.version + 1,
    data: write.data === undefined ? from.data : { ...from.data, ...asStored(write.data) },
    output: write.output === undefined ? from.output : asStored(write.output),
    updatedAt,
    finishedAt: hasEnded(state) ? updatedAt : null,
    isWorking: true,
  }
}

/** A job that nobody has touched since it was made. */
export function madeRow(job: NewJob, made: { createdAt: Date; updatedAt: Date; isWorking: boolean }): JobRow {
  const { id, pipeline, key, stage, deliverTo = null } = job
  return {
    id,
    pipeline,
    key,
    stage,
    deliverTo,
    input: asStored(job.input),
    state: 'queued',
    attempt: 1,
    postponed: 0,
    version: 1,
    data: {},
    output: null,
    error: null,
    finishedAt: null,
    prunedAt: null,
    expectationId: null,
    ...made,
  }
}

/** What comes back of an object that was written as jsonb. */
function asStored(value: Record<string, unknown>): Record<string, unknown> {
  return JSON.parse(toJsonb(value))
}
