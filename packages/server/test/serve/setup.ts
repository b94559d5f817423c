/** A folder and a configuration for processes of `becket serve`, with providers that take work and never answer. */
import { createHash } from 'node:crypto'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type Becket, createBecket } from '@becket/client'
import { stringify } from 'yaml'
import { freePort, listenOn } from '../chaos/listen-on.ts'
import { killProcess, processesIn } from '../chaos/processes.ts'
import { type ServerProcess, startServer } from '../chaos/server.ts'
import { page, pdf } from '../document/pdf.ts'

/** Another address and the same for all of one installation. */
const SERVER_KEY = createHash('sha256').update('for tests').digest('hex')

export interface StartOptions {
  roles?: string
  databaseUrl?: string
  port?: number
}

export async function setup() {
  const folder = await mkdtemp(join(tmpdir(), 'becket-serve-'))
  // PostgreSQL's account has to pass where we are root.
  await chmod(folder, 0o755)
  const dataDir = join(folder, 'data')
  const configFile = join(folder, 'becket.yaml')
  const port = await freePort()
  const silent = silentServer()
  const baseUrl = `http://127.0.0.1:${await listenOn(silent.server)}`
  const parse = { expectWithin: '1h', deadline: '2h' }
  await writeFile(
    configFile,
    stringify({
      serverKeys: [{ id: 'k1', key: SERVER_KEY }],
      sources: { parser: { provider: 'llamaparse', baseUrl, apiKey: 'test-key', operations: { parse } } },
    }),
  )
  const started: ServerProcess[] = []

  function start({ roles, databaseUrl, port: at = port }: StartOptions = {}): ServerProcess {
    const server = startServer({
      configFile,
      cwd: folder,
      port: at,
      logFile: join(folder, 'server.log'),
      arguments: ['--data-dir', dataDir, '--port', String(at), ...(roles === undefined ? [] : ['--roles', roles])],
      env: databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl },
    })
    started.push(server)
    return server
  }

  return {
    start,
    freePort,
    url: `http://127.0.0.1:${port}`,
    configFile,
    /** A request that the provider has taken and will not answer. */
    asked: silent.asked,
    /** Of everything that was started here, also of what it started itself. */
    processes: () => processesIn(folder),
    async client(): Promise<Becket> {
      const apiKey = (await readFile(join(dataDir, 'admin.key'), 'utf8')).trim()
      return createBecket({ url: `http://127.0.0.1:${port}`, apiKey })
    },
    document: pdf(page('A document in flight')),
    async [Symbol.asyncDispose]() {
      for (const server of started) {
        server.kill('SIGKILL')
        await server.ended
      }
      for (const pid of processesIn(folder)) killProcess(pid)
      await until(() => processesIn(folder).length === 0)
      silent.server.closeAllConnections()
      silent.server.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function silentServer(): { server: Server; asked: Promise<void> } {
  let ask: () => void = () => {}
  const asked = new Promise<void>((resolve) => {
    ask = resolve
  })
  const server = createServer((request) => {
    request.resume().once('end', ask)
  })
  return { server, asked }
}

// 20 s: past anything that is only slow.
const UNTIL_MS = 20_000

export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const limit = performance.now() + UNTIL_MS
  while (!(await holds())) {
    if (performance.now() > limit) throw new Error(`it did not come to hold within ${UNTIL_MS / 1_000} s`)
    await pause(50)
  }
}
