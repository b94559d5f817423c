/** The stage `render`: hands the operation to the source that renders, in the words that a renderer takes. */
import type { VideoInput } from '@becket/client/contract'
import type { ProviderStage } from '../pipeline.ts'
import { inputOf } from './video-job.ts'

export function createRenderStage({ source }: { source: string }): ProviderStage {
  return {
    kind: 'provider',
    async prepare({ job }) {
      const input = inputOf(job)
      return { kind: 'submission', source, operation: input.operation, input: requestOf(input) }
    },
  }
}

function requestOf(input: VideoInput): Record<string, unknown> {
  switch (input.operation) {
    case 'combine':
      return combineRequest(input.segments)
    case 'concatenate':
      return { videoUrls: input.videos }
    case 'add_music':
      return { videoUrl: input.video, musicUrl: input.music, volume: input.volume }
    case 'caption':
      return { videoUrl: input.video, captions: input.captions, language: input.language }
    case 'image_to_video':
      return { imageUrl: input.image, seconds: input.seconds }
    default:
      return input satisfies never
  }
}

function combineRequest(segments: readonly { video: string; voiceover?: string | undefined }[]) {
  const videoUrls = segments.map(({ video }) => video)
  const voices = segments.map(({ voiceover }) => voiceover ?? null)
  const [voice = null] = voices
  // One picture and its voice need not be encoded anew.
  if (videoUrls.length === 1 && voice !== null) return { videoUrls, audioUrl: voice }
  return voices.every((each) => each === null) ? { videoUrls } : { videoUrls, soundUrls: voices }
}
