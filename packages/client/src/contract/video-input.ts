/** What a job of the pipeline `video` is made from: one operation, and the addresses of what it works on. */
import { z } from 'zod'
import { text } from './text.ts'

// 8 KiB: signed addresses are long; longer ones no server takes.
const MAX_ADDRESS = 8_192

const addressSchema = text(MAX_ADDRESS).refine(isWebAddress, 'Expected an http or https address')

function isWebAddress(address: string): boolean {
  return /^https?:\/\//i.test(address) && URL.canParse(address)
}

const segmentSchema = z.strictObject({
  video: addressSchema.describe('The address of the picture'),
  voiceover: addressSchema.optional().describe("What is heard with it; without, the video's own sound"),
})

const combineSchema = z
  .strictObject({
    operation: z.literal('combine').describe('Segments one after the other, each with its voice'),
    segments: z.array(segmentSchema).min(1).max(200).describe('In their order'),
  })
  .refine(({ segments: [first, second] }) => second !== undefined || first?.voiceover !== undefined, {
    path: ['segments'],
    error: 'Expected two segments at least, or one with a `voiceover`',
  })

const concatenateSchema = z.strictObject({
  operation: z.literal('concatenate').describe('Videos one after the other'),
  videos: z.array(addressSchema).min(1).max(200).describe('In their order'),
})

const addMusicSchema = z.strictObject({
  operation: z.literal('add_music').describe('Music under a video'),
  video: addressSchema.describe('The address of the video'),
  music: addressSchema.describe('The address of the music; repeated as often as it takes'),
  volume: z.number().min(0).max(1).optional().describe('Of the music, 0 to 1; 0.2 where it is not said'),
})

const captionSchema = z.strictObject({
  operation: z.literal('caption').describe('Words in the picture'),
  video: addressSchema.describe('The address of the video'),
  captions: text(1_000_000)
    .optional()
    .describe('The text, or the address of an SRT or ASS file; else it is listened to'),
  language: text(40).optional().describe('The language that is spoken'),
})

const imageToVideoSchema = z.strictObject({
  operation: z.literal('image_to_video').describe('A video that moves into an image'),
  image: addressSchema.describe('The address of the image'),
  seconds: z.number().min(1).max(60).optional().describe('How long it is'),
})

export const videoInputSchema = z
  .discriminatedUnion('operation', [
    combineSchema,
    concatenateSchema,
    addMusicSchema,
    captionSchema,
    imageToVideoSchema,
  ])
  .meta({ id: 'VideoInput', description: 'What a job of the pipeline `video` is made from' })
export type VideoInput = z.output<typeof videoInputSchema>
export type VideoOperation = VideoInput['operation']

export const videoOperations: readonly VideoOperation[] = videoInputSchema.options.map(
  ({ shape }) => shape.operation.value,
)
