/** The routes of the toolkit: what each takes, what its outputs are called, and in what shape it answers. Makes nothing. */
import { z } from 'zod'

/** The shape of a `response`: one address, objects with addresses, or a transcript. */
export type Shape = 'string' | 'objects' | 'transcript'

export interface Recipe {
  path: string
  /** What the final envelope calls the route; not always the route. */
  endpoint: string
  shape: Shape
  body: z.ZodType<RenderBody>
  /** The files that come of it, in the order of the response. */
  outputsOf(body: RenderBody, jobId: string): string[]
}

/** As checked by the route's own schema. */
export type RenderBody = Record<string, unknown> & {
  id?: string | undefined
  webhook_url?: string | undefined
  video_urls?: { video_url: string }[] | undefined
  inputs?: { file_url: string }[] | undefined
  video_url?: string | undefined
  image_url?: string | undefined
  media_url?: string | undefined
  outputs?: { options: FfmpegOption[] }[] | undefined
  response_type?: 'direct' | 'cloud' | undefined
  include_srt?: boolean | undefined
  include_segments?: boolean | undefined
}

type FfmpegOption = z.output<typeof ffmpegOption>

// `format: uri` is written in the real schemas and not enforced: an empty address passes.
const common = { id: z.string().optional(), webhook_url: z.string().optional() }

const ffmpegOption = z.strictObject({
  option: z.string(),
  argument: z.union([z.string(), z.number(), z.null()]).optional(),
})
const ffmpegOptions = z.array(ffmpegOption)
const videoList = z.strictObject({
  ...common,
  video_urls: z.array(z.strictObject({ video_url: z.string() })).min(1),
})

const compose = z.strictObject({
  ...common,
  inputs: z.array(z.strictObject({ file_url: z.string(), options: ffmpegOptions.optional() })).min(1),
  filters: z.array(z.strictObject({ filter: z.string() })).optional(),
  outputs: z.array(z.strictObject({ options: ffmpegOptions })).min(1),
  global_options: ffmpegOptions.optional(),
  metadata: z.record(z.string(), z.boolean()).optional(),
})

const caption = z.strictObject({
  ...common,
  video_url: z.string(),
  captions: z.string().optional(),
  settings: z.record(z.string(), z.unknown()).optional(),
  replace: z.array(z.strictObject({ find: z.string(), replace: z.string() })).optional(),
  exclude_time_ranges: z.array(z.strictObject({ start: z.string(), end: z.string() })).optional(),
  language: z.string().optional(),
})

const imageToVideo = z.strictObject({
  ...common,
  image_url: z.string(),
  length: z.number().min(1).max(60).optional(),
  frame_rate: z.int().min(15).max(60).optional(),
  zoom_speed: z.number().min(0).max(100).optional(),
})

const transcribe = z.strictObject({
  ...common,
  media_url: z.string(),
  task: z.enum(['transcribe', 'translate']).optional(),
  include_text: z.boolean().optional(),
  include_srt: z.boolean().optional(),
  include_segments: z.boolean().optional(),
  word_timestamps: z.boolean().optional(),
  response_type: z.enum(['direct', 'cloud']).optional(),
  language: z.string().optional(),
})

const oneVideo = (suffix: string) => (_: RenderBody, jobId: string) => [`${jobId}${suffix}.mp4`]

export const recipes: readonly Recipe[] = [
  recipe('/v1/video/concatenate', 'string', videoList, oneVideo('')),
  // What the old route calls its file is documented nowhere.
  recipe('/combine-videos', 'string', videoList, oneVideo('')),
  recipe('/v1/video/caption', 'string', caption, oneVideo('_captioned')),
  recipe('/v1/image/convert/video', 'string', imageToVideo, oneVideo('')),
  recipe('/v1/ffmpeg/compose', 'objects', compose, ({ outputs = [] }, jobId) =>
    outputs.map(({ options }, index) => `${jobId}_output_${index}.${formatOf(options)}`),
  ),
  { ...recipe('/v1/media/transcribe', 'transcript', transcribe, transcripts), endpoint: '/v1/transcribe/media' },
]

function recipe(path: string, shape: Shape, body: Recipe['body'], outputsOf: Recipe['outputsOf']): Recipe {
  return { path, endpoint: path, shape, body, outputsOf }
}

/** The addresses of what it is to be made of. */
export function inputsOf({ video_urls = [], inputs = [], ...body }: RenderBody): string[] {
  const single = [body.video_url, body.image_url, body.media_url].filter((url) => url !== undefined)
  return [...video_urls.map((video) => video.video_url), ...inputs.map((input) => input.file_url), ...single]
}

function formatOf(options: readonly FfmpegOption[]): string {
  const format = options.findLast(({ option }) => option === '-f')?.argument
  // A format becomes part of a file's name.
  return typeof format === 'string' && /^[a-z0-9]{1,10}$/.test(format) ? format : 'mp4'
}

function transcripts({ response_type, include_srt, include_segments }: RenderBody, jobId: string): string[] {
  if (response_type !== 'cloud') return []
  const extensions = ['txt', ...(include_srt === true ? ['srt'] : []), ...(include_segments === true ? ['json'] : [])]
  return extensions.map((extension) => `${jobId}.${extension}`)
}
