/** One `becket serve` as its users run it: a process of its own, from what was built. Started, awaited, killed. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, existsSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

export interface ServerOptions {
  configFile: string
  /** Where it works, and finds no configuration but that. */
  cwd: string
  port: number
  /** What it says is appended here. */
  logFile: string
  arguments?: readonly string[]
  env?: Record<string, string>
}

export interface ServerProcess {
  pid: number
  /** Milliseconds from its start until livez and readyz said 200; null when it ended before that. */
  ready: Promise<number | null>
  /** Its exit code, or the signal that ended it. */
  ended: Promise<number | string | null>
  hasEnded(): boolean
  kill(signal: 'SIGKILL' | 'SIGTERM' | 'SIGINT'): void
  /** The last lines of what it said. */
  said(): string
}

// 30 s: past any start that is only slow.
const READY_WITHIN_MS = 30_000
const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

export function startServer(options: ServerOptions): ServerProcess {
  if (!existsSync(main)) throw new Error(`there is no ${main}: build first (npm run build)`)
  const { PATH, HOME, TMPDIR } = process.env
  const beganMs = performance.now()
  const args = [main, 'serve', '--config', options.configFile, ...(options.arguments ?? [])]
  const child = spawn(process.execPath, args, {
    cwd: options.cwd,
    // Nothing of ours may configure it.
    env: { PATH, HOME, TMPDIR, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const log = createWriteStream(options.logFile, { flags: 'a' })
  let tail = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.pipe(log, { end: false })
    stream.on('data', (data: Buffer) => {
      tail = (tail + data.toString()).slice(-4_000)
    })
  }
  let isOver = false
  const ended = once(child, 'exit').then(([code, signal]) => {
    isOver = true
    return code ?? signal
  })
  return {
    pid: pidOf(child),
    ready: becomesReady(`http://127.0.0.1:${options.port}`, beganMs, () => isOver),
    ended,
    hasEnded: () => isOver,
    kill: (signal) => void child.kill(signal),
    said: () => tail.trim(),
  }
}

async function becomesReady(url: string, beganMs: number, isOver: () => boolean): Promise<number | null> {
  while (!isOver() && performance.now() - beganMs < READY_WITHIN_MS) {
    if ((await says200(`${url}/livez`)) && (await says200(`${url}/readyz`))) {
      // Between two kills the port is nobody's: who answers is the one that runs.
      return isOver() ? null : Math.round(performance.now() - beganMs)
    }
    await pause(15)
  }
  return null
}

async function says200(url: string): Promise<boolean> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(2_000) })
    await answer.arrayBuffer()
    return answer.status === 200
  } catch {
    return false
  }
}

function pidOf({ pid }: ChildProcess): number {
  if (pid === undefined) throw new Error('the server could not be started')
  return pid
}
