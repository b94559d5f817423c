/** Makes a job that somebody asks for: once for a pipeline and key. Which input is good is the pipeline's to say. */
import { isDeepStrictEqual } from 'node:util'
import type { CreateJobRequest } from '@becket/client/contract'
import { keyHash } from '../core/correlation.ts'
import { AppError } from '../core/error.ts'
import { allFeatures, type Features } from '../core/feature.ts'
import type { PipelineShape } from '../core/pipeline.ts'
import { pipelineShapes } from '../core/pipeline-shapes.ts'
import { suggest } from '../core/suggest.ts'
import type { Db } from '../db/db.ts'
import { destinationsOf, type Sinks } from '../sinks/sinks.ts'
import { appendEvents } from '../store/events.ts'
import { type Room, transact } from '../store/handover.ts'
import { findJob, insertJob } from '../store/jobs.ts'
import { newId } from '../store/new-id.ts'
import { wake } from '../store/wakeups.ts'
import { byOf, type Principal } from './principal.ts'

export interface JobCreation {
  db: Db
  room: Room
  sinks: Sinks
  /** By pipeline, the sinks that results go to where a job names none. */
  deliverTo: Readonly<Record<string, readonly string[]>>
  /** Absent: everybody has everything. */
  features?: Features
}

/** `created` is false when the same input was given under the same key before. */
export async function createJobOnce(
  { db, room, sinks, deliverTo, features = allFeatures }: JobCreation,
  request: CreateJobRequest,
  by: Principal,
): Promise<{ id: string; created: boolean }> {
  const shape = shapeFor(request.pipeline)
  const input = admitted(shape, request.input)
  const { key } = request
  const hash = keyHash(shape.name, 'job', key)
  const [first] = shape.stages
  if (first === undefined) throw new Error(`the pipeline ${shape.name} has no stages`)
  const names = request.deliverTo ?? deliverTo[shape.name] ?? []
  const destinations = destinationsOf(sinks, names, `${shape.name}/${key}`)
  const id = newId('job')
  const created = await transact(db, room, async (tx, taker) => {
    const isNew = await insertJob(tx, {
      id,
      pipeline: shape.name,
      key,
      keyHash: hash,
      input,
      stage: first.name,
      deliverTo: destinations,
    })
    if (!isNew) return false
    const data = { pipeline: shape.name, ...features.noteFor(id), ...byOf(by) }
    await appendEvents(tx, [{ subject: id, jobId: id, type: 'job.created', data }])
    await wake(tx, { lane: 'job', subject: id, rank: 0, afterMs: 0 }, taker)
    return true
  })
  if (created) return { id, created }
  const before = await findJob(db, shape.name, hash)
  if (before === null) throw new Error(`the job ${key} of ${shape.name} was there, and is not`)
  if (!isDeepStrictEqual(before.input, input)) {
    throw new AppError('KEY_REUSED', `The ${shape.name} job ${before.id} has this key and another input`, {
      hint: 'Use another key for another input, or the same input to get that job.',
    })
  }
  if (request.deliverTo !== undefined && !isDeepStrictEqual(before.deliverTo ?? [], destinations)) {
    throw new AppError('KEY_REUSED', `The ${shape.name} job ${before.id} has this key and is delivered elsewhere`)
  }
  return { id: before.id, created }
}

function shapeFor(pipeline: string): PipelineShape {
  const shape = Object.hasOwn(pipelineShapes, pipeline) ? pipelineShapes[pipeline] : undefined
  if (shape !== undefined) return shape
  const known = Object.keys(pipelineShapes)
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
