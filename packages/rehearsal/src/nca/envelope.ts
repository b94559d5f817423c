/** What the toolkit says on the wire, and the ways in which it comes garbled. Pure; `routes.ts` and `deliver.ts` send it. */
import { randomUUID } from 'node:crypto'
import type { RenderJob, RenderOutcome } from './job-book.ts'

type Json = Record<string, unknown>
export type OtherShape = 'objects' | 'strings' | 'string' | 'object'

export interface Garbling {
  nullId: boolean
  missingId: boolean
  listShape: boolean
  /** Null: the shape of the route. */
  otherShape: OtherShape | null
}

export const UNGARBLED: Garbling = { nullId: false, missingId: false, listShape: false, otherShape: null }

export const OTHER_SHAPES: readonly [OtherShape, ...OtherShape[]] = ['objects', 'strings', 'string', 'object']

// Of one process of the real toolkit.
const PROCESS = { pid: 17, queue_id: 140_368_864_456_064, build_number: 209 }

export function acceptedBody(job: RenderJob, id: 'told' | 'null'): Json {
  const jobId = id === 'told' ? job.id : null
  const queue = { max_queue_length: 'unlimited', queue_length: 1 }
  return { code: 202, id: job.body.id ?? null, job_id: jobId, message: 'processing', ...PROCESS, ...queue }
}

/** The work is handed on to a container of its own, which gives itself another id. */
export function cloudRunBody(job: RenderJob): Json {
  const message = { job_submitted: true, execution_name: `nca-${job.id.slice(0, 8)}` }
  return { id: job.body.id ?? null, job_id: job.id, message, job_name: 'nca', location: 'nowhere1', ...PROCESS }
}

export function queueFullBody(clientId: string | null, length: number): Json {
  const queue = { max_queue_length: length, queue_length: length }
  const message = `MAX_QUEUE_LENGTH (${length}) reached`
  return { code: 429, id: clientId, job_id: randomUUID(), message, ...PROCESS, ...queue }
}

/** The same as a callback, as the answer to a synchronous call, and inside a status record. */
export function finalBody(job: RenderJob, outcome: RenderOutcome, garbling: Garbling): Json {
  const { id = null } = job.body
  const seconds = Math.max(0, (job.finishedAtMs ?? job.takenAtMs) - job.takenAtMs) / 1000
  return {
    endpoint: job.recipe.endpoint,
    code: outcome.kind === 'failed' ? outcome.code : 200,
    id: garbling.nullId ? null : id,
    ...(garbling.missingId ? {} : { job_id: job.containerId ?? job.id }),
    response: outcome.kind === 'failed' ? null : responseOf(job, outcome, garbling.otherShape),
    message: messageOf(outcome),
    ...PROCESS,
    run_time: seconds,
    queue_time: 0,
    total_time: seconds,
    queue_length: 0,
  }
}

/** About the question itself; what was asked about is inside. Each question is a job, with an id of its own. */
export function statusBody(endpoint: string, code: number, response: unknown, message: unknown = 'success'): Json {
  const times = { run_time: 0.001, queue_time: 0, total_time: 0.001, queue_length: 0 }
  return { endpoint, code, id: null, job_id: randomUUID(), response, message, ...PROCESS, ...times }
}

export function recordBody(job: RenderJob): Json {
  const { queue_id, pid: process_id } = PROCESS
  const word = job.containerId === null ? job.standing : 'submitted'
  // Failures are done, too.
  const isTold = word === 'done' && job.outcome !== null
  const response = isTold && job.outcome !== null ? finalBody(job, job.outcome, UNGARBLED) : null
  return { job_status: word, job_id: job.id, queue_id, process_id, response }
}

export function encodeBody(body: Json, { listShape }: Garbling): string {
  return JSON.stringify(listShape ? [body] : body)
}

function messageOf(outcome: RenderOutcome): unknown {
  if (outcome.kind === 'succeeded') return 'success'
  return outcome.asObject ? { error: outcome.message } : outcome.message
}

function responseOf(
  job: RenderJob,
  { urls, transcript }: Extract<RenderOutcome, { kind: 'succeeded' }>,
  other: OtherShape | null,
): unknown {
  const [first = null] = urls
  if (job.recipe.shape === 'transcript') {
    const urlOf = (extension: string) => urls.find((url) => url.endsWith(`.${extension}`)) ?? null
    const stored = { text_url: urlOf('txt'), srt_url: urlOf('srt'), segments_url: urlOf('json') }
    return { text: transcript, srt: null, segments: null, ...stored }
  }
  const objects = urls.map((file_url) => ({ file_url }))
  switch (other ?? job.recipe.shape) {
    case 'objects':
      return objects
    case 'strings':
      return urls
    case 'object':
      return objects[0] ?? null
    default:
      return first
  }
}
