import { errorCodes, type VideoStatus, videoOperations, videoStatuses } from '@becket/client/contract'
import { describe, expect, it } from 'vitest'
import { retryJob } from './job.ts'
import { jobStates } from './job-state.ts'
import type { JobStanding, StageShape } from './pipeline.ts'
import { videoPipeline, videoStatusOf } from './video-pipeline.ts'

const stages: readonly StageShape[] = videoPipeline.stages

const standings: JobStanding[] = stages.flatMap(({ name: stage }) =>
  jobStates.flatMap((state) =>
    [false, true].flatMap((isWorking) => [1, 2].map((attempt) => ({ stage, state, isWorking, attempt }))),
  ),
)

describe('a video’s status', () => {
  it('is one of five words at every stage, in every state, worked on or not; and can be each of them', () => {
    expect(new Set<VideoStatus>(standings.map(videoStatusOf))).toEqual(new Set(videoStatuses))
  })

  it('says completed only of what is done, and failed only of what was given up', () => {
    for (const standing of standings) {
      expect(videoStatusOf(standing) === 'completed').toBe(standing.state === 'done')
      expect(videoStatusOf(standing) === 'failed').toBe(standing.state === 'deadletter')
    }
  })

  it('is pending until a worker or the provider has it', () => {
    const standing = { stage: 'render', isWorking: false, attempt: 1 }
    expect(videoStatusOf({ ...standing, state: 'queued' })).toBe('pending')
    expect(videoStatusOf({ ...standing, state: 'waiting' })).toBe('processing')
    expect(videoStatusOf({ ...standing, state: 'queued', isWorking: true })).toBe('processing')
  })

  it('has a progress, which is whole where the job has ended', () => {
    for (const status of videoStatuses) {
      const hasEnded = !['pending', 'processing'].includes(status)
      expect(videoPipeline.progressOf(status) === 100).toBe(hasEnded)
    }
  })
})

describe('a retry by hand', () => {
  const dead = { stage: 'keep', state: 'deadletter', attempt: 1, postponed: 0 } as const
  const after = (code: keyof typeof errorCodes) =>
    retryJob(videoPipeline, { ...dead, error: { code, message: '', retryable: true } }).stage

  it('renders anew where the file is gone or empty, or never was one', () => {
    expect(after('RENDER_FAILED')).toBe('render')
    expect(after('OUTPUT_GONE')).toBe('render')
    expect(after('OUTPUT_EMPTY')).toBe('render')
  })

  it('pays for no second rendering where the file is there still', () => {
    expect(after('OUTPUT_REFUSED')).toBe('keep')
    expect(after('OUTPUT_TOO_LARGE')).toBe('keep')
    expect(after('OUTPUT_NOT_STORED')).toBe('keep')
  })

  it('names only errors that there are', () => {
    for (const { failure, retryFromAfter = [] } of stages) {
      const named = [...retryFromAfter, ...(failure === undefined ? [] : [failure.failed, failure.expired])]
      for (const code of named) expect(Object.keys(errorCodes)).toContain(code)
    }
  })
})

describe('what a video is made from', () => {
  const video = 'https://files.example.org/a.mp4'
  const good: Record<string, unknown>[] = [
    { operation: 'combine', segments: [{ video, voiceover: video }] },
    { operation: 'combine', segments: [{ video }, { video, voiceover: video }] },
    { operation: 'concatenate', videos: [video, video] },
    { operation: 'add_music', video, music: video, volume: 0 },
    { operation: 'caption', video, captions: 'Ahoy' },
    { operation: 'image_to_video', image: video, seconds: 2 },
  ]

  it.each(good)('is taken as it is: %j', (input) => {
    expect(videoPipeline.admit(input)).toEqual({ kind: 'input', input })
  })

  it('has an example above for every operation', () => {
    expect(new Set(good.map(({ operation }) => operation))).toEqual(new Set(videoOperations))
  })

  it.each([
    [{ operation: 'concatinate', videos: [video] }, 'did you mean concatenate?'],
    [{}, 'input.operation: it is missing'],
    [null, 'input.operation: it is missing'],
    [{ operation: 'concatenate', videos: [] }, 'input.videos'],
    [{ operation: 'concatenate', videos: ['ftp://files.example.org/a.mp4'] }, 'input.videos.0: Expected an http'],
    [{ operation: 'combine', segments: [{ video }] }, 'input.segments: Expected two segments at least'],
    [{ operation: 'add_music', video, music: video, volume: 2 }, 'input.volume'],
    [{ operation: 'add_music', video, music: video, loud: true }, 'loud'],
  ])('is refused with what is wrong where: %j', (input, said) => {
    expect(videoPipeline.admit(input)).toEqual({ kind: 'problem', detail: expect.stringContaining(said) })
  })

  it('is never repeated in a refusal: addresses may be signed', () => {
    const input = { operation: 'concatenate', videos: ['nowhere?signature=test-key'] }
    expect(JSON.stringify(videoPipeline.admit(input))).not.toContain('test-key')
  })
})
