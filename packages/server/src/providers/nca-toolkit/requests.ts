/**
 * Writes the toolkit's requests from our inputs. Most of its routes refuse keys that they do not know, so nothing but
 * what was asked for is sent. Sends nothing itself.
 */
import { z } from 'zod'
import { suggest } from '../../core/suggest.ts'
import { isWebAddress } from './address.ts'
import type { OperationName } from './operations.ts'
import type { NcaOptions } from './options.ts'

export type BodyReading = { kind: 'body'; body: Record<string, unknown> } | { kind: 'invalid'; reason: string }

const address = z.string().refine(isWebAddress, { error: 'expected an http or https address' })
const videoUrls = z.array(address)

const concatenateInput = z.strictObject({ videoUrls: videoUrls.min(1) })

const combineInput = z
  .strictObject({
    videoUrls: videoUrls.min(1),
    /** Takes the place of the videos' own sound. */
    audioUrl: address.optional(),
    /** Of each video, what takes the place of its own sound; null: it keeps it. */
    soundUrls: z.array(address.nullable()).optional(),
  })
  .refine((input) => input.videoUrls.length > 1 || input.audioUrl !== undefined, {
    path: ['videoUrls'],
    error: 'expected two videos at least, or one and an `audioUrl`',
  })
  .refine(({ videoUrls, soundUrls }) => soundUrls === undefined || soundUrls.length === videoUrls.length, {
    path: ['soundUrls'],
    error: 'expected one for each video, or null',
  })
  .refine(({ audioUrl, soundUrls }) => audioUrl === undefined || soundUrls === undefined, {
    path: ['soundUrls'],
    error: 'goes without `audioUrl` only',
  })

const addMusicInput = z.strictObject({
  videoUrl: address,
  musicUrl: address,
  /** 0.2: speech stays clear above it. */
  volume: z.number().min(0).max(1).default(0.2),
})

const captionInput = z.strictObject({
  videoUrl: address,
  /** The text, or the address of an SRT or ASS file; without, the toolkit listens for itself. */
  captions: z.string().min(1).optional(),
  settings: z.record(z.string(), z.unknown()).optional(),
  replace: z.array(z.strictObject({ find: z.string(), replace: z.string() })).optional(),
  excludeTimeRanges: z.array(z.strictObject({ start: z.string(), end: z.string() })).optional(),
  language: z.string().min(1).optional(),
})

const imageToVideoInput = z.strictObject({
  imageUrl: address,
  seconds: z.number().min(1).max(60).optional(),
  frameRate: z.int().min(15).max(60).optional(),
  zoomSpeed: z.number().min(0).max(100).optional(),
})

const transcribeInput = z.strictObject({
  mediaUrl: address,
  task: z.enum(['transcribe', 'translate']).optional(),
  language: z.string().min(1).optional(),
  srt: z.boolean().optional(),
  segments: z.boolean().optional(),
  wordTimestamps: z.boolean().optional(),
})

/** A body in the toolkit's own words, for what the inputs above cannot say. */
const ownWords = z.strictObject({ request: z.record(z.string(), z.unknown()) })

export function bodyOf(operation: OperationName, input: unknown, options: NcaOptions): BodyReading {
  if (typeof input === 'object' && input !== null && 'request' in input) {
    // Whose work it is and who is called back are ours to say.
    return read(ownWords, input, ({ request: { id, webhook_url, ...body } }) => body)
  }
  switch (operation) {
    case 'concatenate':
      return read(concatenateInput, input, (wanted) => ({ video_urls: listed(wanted.videoUrls) }))
    case 'combine':
      return options.combine === 'legacy' ? combineByOldRoute(input) : read(combineInput, input, composeCombine)
    case 'add_music':
      return read(addMusicInput, input, composeMusic)
    case 'caption':
      return read(captionInput, input, ({ videoUrl, excludeTimeRanges, ...rest }) => ({
        video_url: videoUrl,
        exclude_time_ranges: excludeTimeRanges,
        ...rest,
      }))
    case 'image_to_video':
      return read(imageToVideoInput, input, ({ imageUrl, seconds, frameRate, zoomSpeed }) => ({
        image_url: imageUrl,
        length: seconds,
        frame_rate: frameRate,
        zoom_speed: zoomSpeed,
      }))
    case 'transcribe':
      return read(transcribeInput, input, ({ mediaUrl, srt, segments, wordTimestamps, ...rest }) => ({
        media_url: mediaUrl,
        include_text: true,
        include_srt: srt,
        include_segments: segments,
        word_timestamps: wordTimestamps,
        response_type: options.transcripts === 'files' ? 'cloud' : 'direct',
        ...rest,
      }))
    default:
      return operation satisfies never
  }
}

function combineByOldRoute(input: unknown): BodyReading {
  const reading = read(combineInput, input, ({ videoUrls }) => ({ video_urls: listed(videoUrls) }))
  const changesSound = combineInput.safeParse(input).data
  if (changesSound?.audioUrl !== undefined || changesSound?.soundUrls?.some((url) => url !== null)) {
    const reason = '`audioUrl`, `soundUrls`: the old route cannot change the sound; use `combine: compose`'
    return { kind: 'invalid', reason }
  }
  return reading
}

interface Option {
  option: string
  argument?: string | number
}

const flagOption = (option: string): Option => ({ option })
const withArgument = (option: string, argument: string | number): Option => ({ option, argument })

/** The videos one after the other; with `audioUrl`, this is their sound, and the shorter of both is the length. */
function composeCombine({
  videoUrls,
  audioUrl,
  soundUrls = [],
}: z.output<typeof combineInput>): Record<string, unknown> {
  if (soundUrls.some((url) => url !== null)) return composeVoices(videoUrls, soundUrls)
  const count = videoUrls.length
  const inputs = [...videoUrls, ...(audioUrl === undefined ? [] : [audioUrl])].map((file_url) => ({ file_url }))
  const sound = audioUrl === undefined ? null : `${count}:a:0`
  if (count === 1) {
    return composed(
      inputs,
      [],
      [
        withArgument('-map', '0:v:0'),
        ...(sound === null ? [] : [withArgument('-map', sound)]),
        withArgument('-c:v', 'copy'),
        withArgument('-c:a', 'aac'),
        flagOption('-shortest'),
      ],
    )
  }
  const streams = videoUrls.map((_, index) => (sound === null ? `[${index}:v:0][${index}:a:0]` : `[${index}:v:0]`))
  const join = `${streams.join('')}concat=n=${count}:v=1:a=${sound === null ? '1[v][a]' : '0[v]'}`
  return composed(
    inputs,
    [join],
    [
      withArgument('-map', '[v]'),
      withArgument('-map', sound ?? '[a]'),
      withArgument('-c:v', 'libx264'),
      withArgument('-c:a', 'aac'),
      ...(sound === null ? [] : [flagOption('-shortest')]),
    ],
  )
}

/** The videos one after the other, each with its own sound or the one given for it; the longer of both is its length. */
function composeVoices(videoUrls: readonly string[], soundUrls: readonly (string | null)[]): Record<string, unknown> {
  const sounds = soundUrls.filter((url) => url !== null)
  let next = videoUrls.length
  const streams = videoUrls.map((_, index) => {
    const sound = (soundUrls[index] ?? null) === null ? index : next++
    return `[${index}:v:0][${sound}:a:0]`
  })
  return composed(
    [...videoUrls, ...sounds].map((file_url) => ({ file_url })),
    [`${streams.join('')}concat=n=${videoUrls.length}:v=1:a=1[v][a]`],
    [
      withArgument('-map', '[v]'),
      withArgument('-map', '[a]'),
      withArgument('-c:v', 'libx264'),
      withArgument('-c:a', 'aac'),
    ],
  )
}

/** The music under the video's own sound, as often as it takes, as long as the video. */
function composeMusic({ videoUrl, musicUrl, volume }: z.output<typeof addMusicInput>): Record<string, unknown> {
  const inputs = [{ file_url: videoUrl }, { file_url: musicUrl, options: [withArgument('-stream_loop', -1)] }]
  const mix = `[1:a:0]volume=${volume}[music];[0:a:0][music]amix=inputs=2:duration=first:normalize=0[a]`
  return composed(
    inputs,
    [mix],
    [
      withArgument('-map', '0:v:0'),
      withArgument('-map', '[a]'),
      withArgument('-c:v', 'copy'),
      withArgument('-c:a', 'aac'),
    ],
  )
}

function composed(inputs: object[], filters: readonly string[], options: Option[]): Record<string, unknown> {
  return {
    inputs,
    ...(filters.length > 0 && { filters: filters.map((filter) => ({ filter })) }),
    outputs: [{ options: [...options, withArgument('-movflags', '+faststart')] }],
  }
}

function listed(urls: readonly string[]): { video_url: string }[] {
  return urls.map((video_url) => ({ video_url }))
}

function read<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
  write: (input: z.output<Schema>) => Record<string, unknown>,
): BodyReading {
  const parsed = schema.safeParse(input)
  if (parsed.success) return { kind: 'body', body: write(parsed.data) }
  const known = schema instanceof z.ZodObject ? Object.keys(schema.shape) : []
  // Names and rules only: values may be signed addresses.
  return { kind: 'invalid', reason: parsed.error.issues.map((issue) => describe(issue, known)).join('; ') }
}

function describe(issue: z.core.$ZodIssue, known: readonly string[]): string {
  const path = issue.path.join('.')
  if (issue.code !== 'unrecognized_keys') return `\`${path || 'input'}\`: ${issue.message}`
  return issue.keys
    .map((key) => {
      const meant = issue.path.length === 0 ? suggest(key, known) : undefined
      const place = path === '' ? key : `${path}.${key}`
      return `unknown \`${place.slice(0, 60)}\`${meant === undefined ? '' : `, did you mean \`${meant}\`?`}`
    })
    .join('; ')
}
