/** Makes the jobs that somebody asks for: each once for a pipeline and key. Which input is good is the pipeline's to say. */
import { isDeepStrictEqual } from 'node:util'
import type { CreateJobRequest } from '@becket/client/contract'
import { keyHash } from '../core/correlation.ts'
import { AppError } from '../core/error.ts'
import { allFeatures, type Features } from '../core/feature.ts'
import type { PipelineShape } from '../core/pipeline.ts'
import { pipelineShapes } from '../core/pipeline-shapes.ts'
import { suggest } from '../core/suggest.ts'
import { createBatch } from '../db/batch.ts'
import type { Db } from '../db/db.ts'
import { isDataError } from '../db/sql-error.ts'
import { destinationsOf, type Sinks } from '../sinks/sinks.ts'
import { datedEvents, type EventRow } from '../store/events.ts'
import { handing } from '../store/handed-jobs.ts'
import { type Room, withRoom } from '../store/handover.ts'
import { insertJobs } from '../store/job-batches.ts'
import { findJob, type JobRow, madeRow, type NewJob } from '../store/jobs.ts'
import { newId } from '../store/new-id.ts'
import type { Taker } from '../store/wakeups.ts'
import { byOf, type Principal } from './principal.ts'

export interface JobCreation {
  db: Db
  room: Room
  sinks: Sinks
  /** By pipeline, the sinks that results go to where a job names none. */
  deliverTo: Readonly<Record<string, readonly string[]>>
  /** Absent: everybody has everything. */
  features?: Features
  /** Absent: those that Becket comes with. */
  shapes?: JobShapes
}

type JobShapes = Readonly<Record<string, PipelineShape>>

export interface JobMaking {
  /** Once for a pipeline and key: `created` is null when the same input was given under the same key before. */
  make(request: CreateJobRequest, by: Principal): Promise<{ id: string; created: CreatedJob | null }>
}

/** A job as it was made, with the first entry of its timeline: nobody need read either. */
export interface CreatedJob {
  job: JobRow
  event: EventRow
}

interface Asked {
  job: NewJob
  data: Record<string, unknown>
}

// 200 jobs or 4 MiB: a statement of some milliseconds, for which whoever comes next waits.
const MAX_JOBS = 200
const MAX_BYTES = 4 * 1024 * 1024
// What a job weighs beside its input.
const JOB_BYTES = 1024

/** Jobs that are asked for together are made in one statement; each caller hears of it after the commit. */
export function createJobMaking(options: JobCreation): JobMaking {
  const { db, room, sinks, deliverTo, features = allFeatures, shapes = pipelineShapes } = options
  const batch = createBatch<Asked, CreatedJob | null>({
    maxItems: MAX_JOBS,
    maxBytes: MAX_BYTES,
    sizeOf: ({ job }) => JOB_BYTES + job.key.length + JSON.stringify(job.input).length,
    run: (asked) => withRoom(room, (taker) => insert(taker, asked)),
    isPoison: isDataError,
  })

  async function insert(taker: Taker, asked: readonly Asked[]): Promise<(CreatedJob | null)[]> {
    const jobs = asked.map(({ job, data }) => {
      const [created] = datedEvents([{ subject: job.id, jobId: job.id, type: 'job.created', data }])
      if (created === undefined) throw new Error('unreachable: one event was told')
      return { job, created, owner: taker.reserve('job') ? taker.owner : null }
    })
    const made = await insertJobs(db, jobs)
    return jobs.map(({ job, created }) => {
      const row = made.get(job.id)
      if (row === undefined) return null
      const { createdAt, updatedAt, fence } = row
      const written = madeRow(job, { createdAt, updatedAt, isWorking: fence !== null })
      const claim = { lane: 'job', subject: job.id, seq: 0, lapses: 0 } as const
      if (fence === null) taker.left('job')
      else handing(taker, written).took({ ...claim, fence })
      const { id, subject, type, data = {} } = created
      return { job: written, event: { id, subject, type, severity: 'info', data, at: row.toldAt } }
    })
  }

  async function make(request: CreateJobRequest, by: Principal) {
    const shape = shapeFor(shapes, request.pipeline)
    const input = admitted(shape, request.input)
    const { key } = request
    const hash = keyHash(shape.name, 'job', key)
    const [first] = shape.stages
    if (first === undefined) throw new Error(`the pipeline ${shape.name} has no stages`)
    const names = request.deliverTo ?? deliverTo[shape.name] ?? []
    const destinations = destinationsOf(sinks, names, `${shape.name}/${key}`)
    const id = newId('job')
    const job = { id, pipeline: shape.name, key, keyHash: hash, input, stage: first.name, deliverTo: destinations }
    const data = { pipeline: shape.name, ...features.noteFor(id), ...byOf(by) }
    const created = await batch.add({ job, data })
    if (created !== null) return { id, created }
    const before = await findJob(db, shape.name, hash)
    if (before === null) throw new Error(`the job ${key} of ${shape.name} was there, and is not`)
    // What it was made from may be gone; then its key says it alone.
    if (before.prunedAt === null && !isDeepStrictEqual(before.input, input)) {
      throw new AppError('KEY_REUSED', `The ${shape.name} job ${before.id} has this key and another input`, {
        hint: 'Use another key for another input, or the same input to get that job.',
      })
    }
    if (request.deliverTo !== undefined && !isDeepStrictEqual(before.deliverTo ?? [], destinations)) {
      throw new AppError('KEY_REUSED', `The ${shape.name} job ${before.id} has this key and is delivered elsewhere`)
    }
    return { id: before.id, created: null }
  }

  return { make }
}

function shapeFor(shapes: JobShapes, pipeline: string): PipelineShape {
  const shape = Object.hasOwn(shapes, pipeline) ? shapes[pipeline] : undefined
  if (shape !== undefined) return shape
  const known = Object.keys(shapes)
  const meant = suggest(pipeline, known)
  const near = meant === undefined ? `; there are ${known.join(', ')}` : `; did you mean ${meant}?`
  throw new AppError('REQUEST_INVALID', `There is no pipeline ${pipeline}${near}`)
}

function admitted(shape: PipelineShape, input: unknown): Record<string, unknown> {
  if (shape.admit === undefined) {
    throw new AppError('REQUEST_INVALID', `A job of the pipeline ${shape.name} is made by finalizing a document`, {
      hint: 'POST /v1/documents, PUT the content, POST /v1/documents/:id/finalize; or `becket documents upload FILE`.',
    })
  }
  const admission = shape.admit(input)
  if (admission.kind === 'input') return admission.input
  throw new AppError('REQUEST_INVALID', admission.detail)
}
