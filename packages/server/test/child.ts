/** Starts TypeScript files as processes of their own, for tests that race or kill them. Each speaks in lines of JSON. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export interface Child {
  process: ChildProcess
  /** The next line that it prints, parsed; `undefined` when it has ended. */
  next(): Promise<unknown>
  /** Its exit code, or the signal that ended it. */
  ended: Promise<number | string | null>
  stderr(): string
}

const runner = fileURLToPath(new URL('run-typescript.mjs', import.meta.url))

export function startChild(
  file: URL,
  args: readonly string[],
  options: { uid?: number; gid?: number; cwd?: string } = {},
): Child {
  const child = spawn(process.execPath, [runner, fileURLToPath(file), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...options,
  })
  let stderr = ''
  child.stderr.on('data', (data: Buffer) => {
    stderr += data.toString()
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const ended = once(child, 'exit').then(([code, signal]: unknown[]) => {
    if (typeof code === 'number') return code
    return typeof signal === 'string' ? signal : null
  })
  return {
    process: child,
    async next() {
      const line = await lines.next()
      return line.done === true ? undefined : JSON.parse(line.value)
    },
    ended,
    stderr: () => stderr,
  }
}
