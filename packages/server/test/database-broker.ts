/**
 * Vitest's global set-up: hands out databases to the test files, which run in processes of their own. It starts
 * PostgreSQL and migrates the template only when the first file asks, so that runs of pure tests pay nothing.
 */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmod, mkdtemp } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TestProject } from 'vitest/node'
import { createEmbedded } from '../src/db/embedded.ts'
import { silentLog } from '../src/db/log.ts'
import { migrate } from '../src/db/migrate.ts'
import { createPool } from '../src/db/pool.ts'
import { ensurePartitions } from '../src/store/partitions.ts'

declare module 'vitest' {
  interface ProvidedContext {
    databaseBroker: string
  }
}

/** What a test file needs to clone the template. */
export interface Offer {
  /** A database to issue `create database` from. */
  url: string
  template: string
}

export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  let ready: Promise<Offer> | undefined
  const cleanUp: (() => Promise<void>)[] = []
  const server = createServer((_request, response) => {
    ready ??= prepare(cleanUp)
    ready.then(
      (offer) => response.end(JSON.stringify(offer)),
      (error: unknown) => response.writeHead(500).end(error instanceof Error ? error.message : String(error)),
    )
  })
  project.provide('databaseBroker', await listen(server))
  return async () => {
    server.closeAllConnections()
    server.close()
    await ready?.catch(() => {})
    for (const undo of cleanUp.reverse()) await undo()
  }
}

async function prepare(cleanUp: (() => Promise<void>)[]): Promise<Offer> {
  const url = process.env.BECKET_TEST_DATABASE_URL ?? (await startEmbedded(cleanUp))
  const template = `becket_test_${randomBytes(4).toString('hex')}`
  const admin = createPool({ url, max: 1 })
  try {
    await admin.query(`create database ${template}`)
  } finally {
    await admin.close()
  }
  cleanUp.push(async () => {
    const again = createPool({ url, max: 1 })
    await again.query(`drop database if exists ${template} with (force)`)
    await again.close()
  })
  const db = createPool({ url: withDatabase(url, template), max: 1 })
  await migrate(db, { log: silentLog })
  // Here once, instead of at the start of every test's server.
  await ensurePartitions(db)
  await db.close()
  return { url, template }
}

async function startEmbedded(cleanUp: (() => Promise<void>)[]): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'becket-test-'))
  await chmod(directory, 0o755) // as root, PostgreSQL runs as another user, who must pass through here
  const remover = spawn(process.execPath, [fileURLToPath(new URL('remove-after.mjs', import.meta.url)), directory], {
    detached: true,
    stdio: ['pipe', 'ignore', 'inherit'],
  })
  cleanUp.push(async () => {
    remover.stdin?.end()
    await once(remover, 'exit')
  })
  const embedded = createEmbedded({
    dataDir: join(directory, 'data'),
    shelter: join(directory, 'shelter'),
    log: silentLog,
    durable: false,
  })
  cleanUp.push(() => embedded.stop())
  return (await embedded.start()).url
}

export function withDatabase(url: string, name: string): string {
  const changed = new URL(url)
  changed.pathname = `/${name}`
  return changed.href
}

function listen(server: Server): Promise<string> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`)
    })
  })
}
