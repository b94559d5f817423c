/** What tests of the doctor's probes share: ports that behave as they are told, and ladders made easy to read. */
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach } from 'vitest'
import { type DatabaseLadder, type DatabaseProbeOptions, probeDatabase } from '../../src/doctor/probes/database.ts'
import type { ProbeReport } from '../../src/doctor/probes/report.ts'
import { type TestDatabase, testDatabase } from '../database.ts'

export const signal: AbortSignal = new AbortController().signal

export interface ProbeBench {
  onEnd(close: () => Promise<unknown>): void
  database(): Promise<TestDatabase>
  /** A port that speaks as it is told; its sockets end with the test. */
  listening(onSocket: (socket: Socket) => void): Promise<number>
  /** A folder that goes with the test. */
  directory(): Promise<string>
}

/** Call it once in a file: everything is closed after each test. */
export function createProbeBench(): ProbeBench {
  const closers: (() => Promise<unknown>)[] = []
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close()
  })

  async function directory(): Promise<string> {
    const path = await mkdtemp(join(tmpdir(), 'becket-probe-'))
    closers.push(() => rm(path, { recursive: true, force: true }))
    return path
  }

  return {
    onEnd: (close) => void closers.push(close),
    directory,
    async database() {
      const made = await testDatabase()
      closers.push(made.drop)
      return made
    },
    async listening(onSocket) {
      const sockets = new Set<Socket>()
      const server = createServer((socket) => {
        sockets.add(socket)
        socket.on('error', () => {})
        onSocket(socket)
      })
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      closers.push(async () => {
        for (const socket of sockets) socket.destroy()
        server.close()
      })
      const address = server.address()
      if (address === null || typeof address === 'string') throw new Error('no port')
      return address.port
    },
  }
}

export async function refusedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

export async function climbOne(url: string, options: Partial<DatabaseProbeOptions> = {}): Promise<DatabaseLadder> {
  const [ladder] = await probeDatabase(url, { signal, ...options })
  if (ladder === undefined) throw new Error('no ladder')
  return ladder
}

interface Reports {
  reports: readonly ProbeReport[]
}

export const rungs = ({ reports }: Reports) => reports.map(({ rung, status }) => `${rung} ${status}`)
export const failures = ({ reports }: Reports) =>
  reports.flatMap(({ rung, status, code }) => (status === 'fail' ? [`${rung} ${code}`] : []))
export const of = ({ reports }: Reports, name: string) => reports.find(({ rung }) => rung === name)
/** What is said of the rungs above this one. */
export const above = ({ reports }: Reports, name: string) => [
  ...new Set(reports.slice(reports.findIndex(({ rung }) => rung === name) + 1).map(({ status }) => status)),
]
