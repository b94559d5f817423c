/**
 * The video pipeline's stages, what it takes, and its statuses as the first users know them: derived from stage and state,
 * so that there is no status beside these five. The work is in `pipelines/video/`.
 */
import { type VideoStatus, videoInputSchema, videoOperations, videoStatuses } from '@becket/client/contract'
import type { Admission, JobStanding, PipelineShape } from './pipeline.ts'
import { suggest } from './suggest.ts'

const progress: Record<VideoStatus, number> = {
  pending: 5,
  processing: 50,
  completed: 100,
  failed: 100,
  cancelled: 100,
}

export const videoPipeline = {
  name: 'video',
  stages: [
    { name: 'render', kind: 'provider', failure: { failed: 'RENDER_FAILED', expired: 'RENDER_TIMED_OUT' } },
    {
      name: 'keep',
      kind: 'local',
      retryFrom: 'render',
      // After any other, the rendered file is there still, and rendering is what costs.
      retryFromAfter: ['RENDER_FAILED', 'OUTPUT_GONE', 'OUTPUT_EMPTY'],
    },
  ],
  statusOf: videoStatusOf,
  progressOf: (status: string) => progress[videoStatuses.find((known) => known === status) ?? 'pending'],
  admit: admitVideo,
} satisfies PipelineShape

export function videoStatusOf({ stage, state, isWorking }: JobStanding): VideoStatus {
  if (state === 'done') return 'completed'
  if (state === 'cancelled') return 'cancelled'
  if (state === 'deadletter') return 'failed'
  if (stage === 'keep') return 'processing'
  if (stage !== 'render') throw new Error(`the video pipeline has no stage ${stage}`)
  return state === 'waiting' || isWorking ? 'processing' : 'pending'
}

function admitVideo(input: unknown): Admission {
  const parsed = videoInputSchema.safeParse(input)
  if (parsed.success) return { kind: 'input', input: { ...parsed.data } }
  const said = typeof input === 'object' && input !== null && 'operation' in input ? input.operation : undefined
  const operation = videoOperations.find((known) => known === said)
  if (operation === undefined) return { kind: 'problem', detail: aboutOperation(said) }
  // Places and rules only: values may be signed addresses.
  const faults = parsed.error.issues.map(({ path, message }) => `${['input', ...path].join('.')}: ${message}`)
  return { kind: 'problem', detail: `The input of ${operation} is not valid: ${faults.join('; ')}` }
}

function aboutOperation(said: unknown): string {
  const meant = typeof said === 'string' ? suggest(said, videoOperations) : undefined
  const near = meant === undefined ? '' : `, did you mean ${meant}?`
  const wrong = typeof said === 'string' ? `there is no ${JSON.stringify(said.slice(0, 60))}${near}` : 'it is missing'
  return `input.operation: ${wrong} It is one of ${videoOperations.join(', ')}`
}
