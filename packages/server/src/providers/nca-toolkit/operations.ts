/** What the NCA Toolkit can do for us: where each operation is handed in, and what its output is called. */
import type { NcaOptions } from './options.ts'

export const operationNames = [
  'concatenate',
  'combine',
  'caption',
  'add_music',
  'image_to_video',
  'transcribe',
] as const

export type OperationName = (typeof operationNames)[number]

const COMPOSE = '/v1/ffmpeg/compose'
// One output, and no `-f` among its options: the toolkit numbers from 0 and takes mp4.
const COMPOSED = '{job_id}_output_0.mp4'

const routes: Readonly<Record<OperationName, string>> = {
  concatenate: '/v1/video/concatenate',
  combine: COMPOSE,
  caption: '/v1/video/caption',
  add_music: COMPOSE,
  image_to_video: '/v1/image/convert/video',
  transcribe: '/v1/media/transcribe',
}

const outputNames: Readonly<Record<OperationName, string>> = {
  concatenate: '{job_id}.mp4',
  combine: COMPOSED,
  caption: '{job_id}_captioned.mp4',
  add_music: COMPOSED,
  image_to_video: '{job_id}.mp4',
  transcribe: '{job_id}.txt',
}

export function isOperation(name: string): name is OperationName {
  return operationNames.some((known) => known === name)
}

export function routeOf(operation: OperationName, options: NcaOptions): string {
  const configured = options.routes[operation]
  if (configured !== undefined) return configured
  return operation === 'combine' && options.combine === 'legacy' ? '/combine-videos' : routes[operation]
}

/** With `{job_id}` in it. Null where nobody can know the name before the toolkit tells it. */
export function outputNameOf(operation: OperationName, options: NcaOptions): string | null {
  const configured = options.names[operation]
  if (configured !== undefined) return configured
  // What the old route calls its file is documented nowhere.
  if (operation === 'combine' && options.combine === 'legacy') return null
  // Inline transcripts are never stored.
  if (operation === 'transcribe' && options.transcripts === 'inline') return null
  return outputNames[operation]
}
