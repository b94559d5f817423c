/**
 * Makes the outputs: with FFmpeg where it is on the PATH, else a tiny file written by hand. A stand-in's video shows one
 * colour, drawn from the work; what it was asked to be made of is not looked at.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import type { RehearsalLog } from '../stage/stand-in.ts'
import { tinyMp4 } from './mp4.ts'

export interface Rendered {
  bytes: Buffer
  contentType: string
}

export interface Renderer {
  /** `name` says by its ending what is made; `work` is the seed. */
  render(name: string, work: string, signal: AbortSignal): Promise<Rendered>
}

// 20 s: a second of one colour takes FFmpeg a tenth of one.
const FFMPEG_TIMEOUT_MS = 20_000

/** `program` null: never FFmpeg. */
export function createRenderer({ program, log }: { program: string | null; log: RehearsalLog }): Renderer {
  let isMissing = program === null

  async function video(work: string, signal: AbortSignal): Promise<Buffer> {
    if (isMissing || program === null) return tinyMp4(work)
    try {
      return await runFfmpeg(program, work, signal)
    } catch (fault) {
      signal.throwIfAborted()
      // A machine without it is not a fault; one on which it fails is said to have it.
      isMissing = fault instanceof Error && 'code' in fault && fault.code === 'ENOENT'
      if (!isMissing) log.warn({ standIn: 'nca', fault: String(fault) }, 'FFmpeg failed; a tiny file takes its place')
      return tinyMp4(work)
    }
  }

  return {
    async render(name, work, signal) {
      const extension = name.slice(name.lastIndexOf('.') + 1)
      const text = transcriptOf(work)
      switch (extension) {
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
          return { bytes: await video(work, signal), contentType: 'video/mp4' }
      }
    },
  }
}

/** Nobody listened: it says so. */
export function transcriptOf(work: string): string {
  return `Transcript of a stand-in, for ${work.slice(0, 12)}.`
}

function runFfmpeg(program: string, work: string, signal: AbortSignal): Promise<Buffer> {
  const colour = createHash('sha256').update(work).digest('hex').slice(0, 6)
  const source = `color=c=0x${colour}:size=64x64:rate=5:duration=1`
  const input = ['-f', 'lavfi', '-i', source, '-f', 'lavfi', '-i', 'anullsrc', '-shortest']
  const output = ['-pix_fmt', 'yuv420p', '-movflags', 'frag_keyframe+empty_moov', '-f', 'mp4', 'pipe:1']
  return new Promise((resolve, reject) => {
    const child = spawn(program, ['-hide_banner', '-loglevel', 'error', '-nostdin', ...input, ...output], {
      stdio: ['ignore', 'pipe', 'pipe'],
      // Our keys are no business of its.
      env: { PATH: process.env.PATH },
      timeout: FFMPEG_TIMEOUT_MS,
      signal,
    })
    const bytes: Buffer[] = []
    let said = ''
    child.stdout.on('data', (chunk: Buffer) => bytes.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => {
      said = `${said}${chunk.toString('utf8')}`.slice(-500)
    })
    child.once('error', reject)
    child.once('close', (code, by) => {
      const whole = Buffer.concat(bytes)
      if (code === 0 && whole.length > 0) resolve(whole)
      else reject(new Error(`FFmpeg ended with ${by ?? code} after ${whole.length} bytes: ${said.trim()}`))
    })
  })
}
