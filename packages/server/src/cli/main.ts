#!/usr/bin/env node
/** The program `becket`: hands the real world to `run.ts`. */
import { readFile } from 'node:fs/promises'
import { release } from '../release.ts'
import { registerAdopt } from './adopt/command.ts'
import { registerDemo } from './demo/command.ts'
import { registerDoctor } from './doctor/command.ts'
import { registerDoctorDeploy } from './doctor-deploy-command.ts'
import type { CliIo } from './io.ts'
import { registerRehearse } from './rehearse/command.ts'
import { run } from './run.ts'

const io: CliIo = {
  out: (line) => void process.stdout.write(`${line}\n`),
  outBytes: (bytes) => void process.stdout.write(bytes),
  err: (line) => void process.stderr.write(`${line}\n`),
  isTTY: process.stdout.isTTY === true,
  env: process.env,
  cwd: process.cwd(),
  pid: process.pid,
  now: () => Date.now(),
  readFile: (path) => readFile(path),
  loadApp: () => import('../app.ts'),
  onSignal(handler) {
    const signals = ['SIGINT', 'SIGTERM'] as const
    for (const signal of signals) process.on(signal, handler)
    return () => {
      for (const signal of signals) process.off(signal, handler)
    }
  },
  after(ms, work) {
    const timer = setTimeout(work, ms)
    return () => clearTimeout(timer)
  },
  exit: (code) => process.exit(code),
}

// `becket … | head` closes the pipe early; that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

// Set, not exited with: what was printed may still be on its way through a pipe.
process.exitCode = await run(process.argv.slice(2), io, release, [
  registerDemo,
  registerRehearse,
  registerAdopt,
  registerDoctor,
  registerDoctorDeploy,
])
