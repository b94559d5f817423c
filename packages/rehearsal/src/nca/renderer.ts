/**
 * Makes the outputs: with FFmpeg where it is on the PATH, of what the job names; else a tiny file written by hand, its
 * colour drawn from the work.
 */
import type { RehearsalLog } from '../stage/stand-in.ts'
import { createFfmpeg } from './ffmpeg.ts'
import { planFfmpeg } from './ffmpeg-plan.ts'
import type { Input } from './inputs.ts'
import { contentTypeOf, type Media, tinyMedia } from './media.ts'

export interface RenderOrder {
  /** Says by its ending what is made. */
  name: string
  /** Draws what no input gives. */
  work: string
  inputs: readonly Input[]
  hasCaption: boolean
}

export interface Renderer {
  /** Whether inputs make a difference: not without FFmpeg. As known until now. */
  readonly usesInputs: boolean
  render(order: RenderOrder, signal: AbortSignal): Promise<Media>
}

/** `program` null: never FFmpeg. */
export function createRenderer({ program, log }: { program: string | null; log: RehearsalLog }): Renderer {
  const ffmpeg = program === null ? null : createFfmpeg(program)
  let isMissing = program === null

  async function media(order: RenderOrder, signal: AbortSignal): Promise<Media> {
    const { name, work, inputs, hasCaption } = order
    if (isMissing || ffmpeg === null) return tinyMedia(name, work)
    const plan = (paths: (string | null)[], output: string) => {
      const planned = inputs.map((input, at) => ({ input, path: paths[at] ?? null }))
      return planFfmpeg({ inputs: planned, hasCaption, work, output })
    }
    try {
      const bytes = await ffmpeg({ inputs: inputs.map((input) => input.bytes), output: name, plan }, signal)
      return { bytes, contentType: contentTypeOf(name) }
    } catch (fault) {
      signal.throwIfAborted()
      // A machine without it is not a fault; one on which it fails is said to have it.
      isMissing = fault instanceof Error && 'code' in fault && fault.code === 'ENOENT'
      if (!isMissing) log.warn({ standIn: 'nca', fault: String(fault) }, 'FFmpeg failed; a tiny file takes its place')
      return tinyMedia(name, work)
    }
  }

  return {
    get usesInputs() {
      return !isMissing
    },
    async render(order, signal) {
      const text = transcriptOf(order.work)
      switch (order.name.slice(order.name.lastIndexOf('.') + 1)) {
        case 'txt':
          return { bytes: Buffer.from(text), contentType: 'text/plain; charset=utf-8' }
        case 'srt':
          return {
            bytes: Buffer.from(`1\n00:00:00,000 --> 00:00:01,000\n${text}\n`),
            contentType: 'application/x-subrip',
          }
        case 'json':
          return { bytes: Buffer.from(JSON.stringify([{ start: 0, end: 1, text }])), contentType: 'application/json' }
        default:
          return media(order, signal)
      }
    },
  }
}

/** Nobody listened: it says so. */
export function transcriptOf(work: string): string {
  return `Transcript of a stand-in, for ${work.slice(0, 12)}.`
}
