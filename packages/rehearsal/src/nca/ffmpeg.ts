/** Runs FFmpeg in a directory of its own, two at a time, and gives what it made. Plans nothing; see `ffmpeg-plan.ts`. */
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface FfmpegJob {
  /** What is to lie there before; null: nothing. */
  inputs: readonly (Buffer | null)[]
  /** The output's name. */
  output: string
  /** The paths of what lies there, and of the output. */
  plan(paths: (string | null)[], output: string): string[]
}

export type Ffmpeg = (job: FfmpegJob, signal: AbortSignal) => Promise<Buffer>

// 20 s: a few seconds of small pictures take a quarter of one.
const TIMEOUT_MS = 20_000
// More at once only take turns on a small machine.
const AT_ONCE = 2

export function createFfmpeg(program: string): Ffmpeg {
  const waiting: (() => void)[] = []
  let running = 0

  async function take(): Promise<void> {
    if (running < AT_ONCE) running++
    else await new Promise<void>((resolve) => waiting.push(resolve))
  }

  /** The next one takes the place over, so that nobody gets between. */
  function leave(): void {
    const next = waiting.shift()
    if (next) next()
    else running--
  }

  return async ({ inputs, output, plan }, signal) => {
    await take()
    const home = await mkdtemp(join(tmpdir(), 'becket-nca-')).catch((fault: unknown) => {
      leave()
      throw fault
    })
    try {
      const paths: (string | null)[] = []
      for (const [at, bytes] of inputs.entries()) {
        const path = bytes === null ? null : join(home, `input-${at}`)
        if (path !== null && bytes !== null) await writeFile(path, bytes)
        paths.push(path)
      }
      const made = join(home, output)
      await run(program, plan(paths, made), signal)
      const whole = await readFile(made)
      if (whole.length === 0) throw new Error('FFmpeg made an empty file')
      return whole
    } finally {
      leave()
      await rm(home, { recursive: true, force: true })
    }
  }
}

function run(program: string, args: readonly string[], signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, ['-hide_banner', '-loglevel', 'error', '-nostdin', ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
      // Our keys are no business of its.
      env: { PATH: process.env.PATH },
      timeout: TIMEOUT_MS,
      signal,
    })
    let said = ''
    child.stderr.on('data', (chunk: Buffer) => {
      said = `${said}${chunk.toString('utf8')}`.slice(-500)
    })
    child.once('error', reject)
    child.once('close', (code, by) => {
      if (code === 0) resolve()
      else reject(new Error(`FFmpeg ended with ${by ?? code}: ${said.trim()}`))
    })
  })
}
