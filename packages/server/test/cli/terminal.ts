/** A terminal without a screen: runs command lines in this process and keeps what they print. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { AppModule, CliIo } from '../../src/cli/io.ts'
import type { Registration } from '../../src/cli/program.ts'
import { run } from '../../src/cli/run.ts'

export interface Ran {
  code: number
  out: string
  err: string
}

export interface Terminal {
  cwd: string
  /** The words behind `becket`. */
  run(...words: string[]): Promise<Ran>
  io: CliIo
}

/** `registrations`: of the commands that are no part of every program. */
export async function createTerminal(
  options: Partial<CliIo> = {},
  registrations: readonly Registration[] = [],
): Promise<Terminal> {
  const cwd = await mkdtemp(join(tmpdir(), 'becket-cli-'))
  onTestFinished(() => rm(cwd, { recursive: true, force: true }))
  let out = ''
  let err = ''
  const io: CliIo = {
    out: (line) => {
      out += `${line}\n`
    },
    outBytes: (bytes) => {
      out += Buffer.from(bytes).toString('latin1')
    },
    err: (line) => {
      err += `${line}\n`
    },
    isTTY: false,
    env: {},
    cwd,
    pid: 42,
    now: () => Date.parse('2030-01-01T12:00:00Z'),
    readFile: (path) => readFile(path),
    loadApp: (): Promise<AppModule> => Promise.reject(new Error('this command needs no server of its own')),
    onSignal: () => () => {},
    after: () => () => {},
    exit: () => {},
    ...options,
  }
  return {
    cwd,
    io,
    async run(...words) {
      out = ''
      err = ''
      const code = await run(words, io, '0.0.0', registrations)
      return { code, out, err }
    },
  }
}
