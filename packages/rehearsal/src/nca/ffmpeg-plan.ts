/**
 * What FFmpeg is told, to make a small video of what a job names: each picture a second long, one after the other, in the
 * sound of the first input that is one. Pure. The caller's own FFmpeg options are not passed on: they could read this
 * machine's files.
 */
import { createHash } from 'node:crypto'
import type { Input } from './inputs.ts'
import { contentTypeOf, extensionOf, kindOfType } from './media.ts'

export interface PlannedInput {
  input: Input
  /** Where its bytes lie; null: it is drawn. */
  path: string | null
}

export interface PlanOptions {
  inputs: readonly PlannedInput[]
  /** A bar at the foot of the picture, for the words. */
  hasCaption: boolean
  /** Draws what no input gives. */
  work: string
  output: string
}

const SIZE = '160:90'
const RATE = 10
// Of as many as a test may name; more would only take longer.
const MOST_PICTURES = 10
// What FFmpeg may take a file for: no playlists, which name other files.
const FORMATS =
  'mov,matroska,webm,avi,mpegts,gif,mp3,wav,aac,ogg,flac,png_pipe,jpeg_pipe,webp_pipe,bmp_pipe,image2,lavfi'

export function planFfmpeg({ inputs, hasCaption, work, output }: PlanOptions): string[] {
  const pictures = inputs.filter(({ input }) => input.kind !== 'audio').slice(0, MOST_PICTURES)
  const shown = pictures.length > 0 ? pictures.map(picture) : [drawn(work)]
  const sound = inputs.find(({ input }) => input.kind === 'audio')
  const seconds = String(shown.length)
  const args = [...shown.flat(), ...soundOf(sound)]
  const isSound = kindOfType(contentTypeOf(output)) === 'audio'
  if (isSound) return [...args, '-map', `${shown.length}:a:0`, '-t', seconds, '-threads', '1', '-y', output]
  const bar = hasCaption ? ',drawbox=x=0:y=70:w=160:h=20:color=white@0.8:t=fill' : ''
  const even = `fps=${RATE},tpad=stop_mode=clone:stop_duration=1,trim=duration=1,setpts=PTS-STARTPTS`
  const parts = shown.map((_, at) => `[${at}:v:0]scale=${SIZE},setsar=1,format=yuv420p,${even}${bar}[v${at}]`)
  const joined = shown.map((_, at) => `[v${at}]`).join('')
  const filter = `${parts.join(';')};${joined}concat=n=${shown.length}:v=1:a=0[v]`
  const maps = ['-filter_complex', filter, '-map', '[v]', '-map', `${shown.length}:a:0`]
  return [...args, ...maps, '-t', seconds, ...encoder(output), '-threads', '1', '-y', output]
}

function picture({ input, path }: PlannedInput): string[] {
  return path === null ? drawn(input.url) : file(path)
}

/** Without end: `-t` cuts it. */
function soundOf(planned: PlannedInput | undefined): string[] {
  if (planned === undefined) return ['-f', 'lavfi', '-i', 'anullsrc=r=44100:cl=mono']
  if (planned.path !== null) return ['-stream_loop', '-1', ...file(planned.path)]
  return ['-f', 'lavfi', '-i', `sine=frequency=${220 + (hashOf(planned.input.url).readUInt8(0) % 440)}:r=44100`]
}

function file(path: string): string[] {
  return ['-protocol_whitelist', 'file', '-format_whitelist', FORMATS, '-i', path]
}

/** One colour, of its seed. */
function drawn(seed: string): string[] {
  const colour = hashOf(seed).subarray(0, 3).toString('hex')
  return ['-f', 'lavfi', '-i', `color=c=0x${colour}:s=160x90:r=${RATE}:d=1`]
}

function encoder(output: string): string[] {
  if (extensionOf(output) === 'webm') {
    return ['-c:v', 'libvpx', '-deadline', 'realtime', '-cpu-used', '8', '-c:a', 'libvorbis']
  }
  return ['-c:v', 'libx264', '-preset', 'ultrafast', '-c:a', 'aac', '-b:a', '64k', '-movflags', '+faststart']
}

function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
