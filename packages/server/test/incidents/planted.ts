/**
 * A place where every secret is a canary, in the file, in `.env` and in the environment, and everything that Becket
 * depends on fails and repeats what it was sent. Servers run as processes of their own, from
 * what was built, at their most talkative.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { stringify } from 'yaml'
import { freePort } from '../chaos/listen-on.ts'
import { type TestDatabase, testDatabase } from '../database.ts'
import { createDirectory } from '../doctor/directory.ts'
import { createCanaries } from './canaries.ts'
import { type Parrot, startParrot } from './parrot.ts'

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

export interface Running {
  url: string
  /** All that it printed and logged. */
  said(): string
  ended: Promise<unknown>
  stop(): Promise<void>
  /** Null where nobody listens yet; rejects once the process is gone. */
  answers(path: string): Promise<Response | null>
}

export type Planted = Awaited<ReturnType<typeof plant>>

export async function plant() {
  const canaries = createCanaries()
  const encryptionKey = randomBytes(32).toString('base64')
  canaries.add('encryption key', encryptionKey)
  const database = await testDatabase()
  onTestFinished(() => database.drop())
  const url = await withCanaryRole(database, canaries.of('database'))
  const parrots = await Promise.all([500, 401, 403, 400].map(startParrot))
  onTestFinished(() => {
    for (const parrot of parrots) parrot.stop()
  })
  const variables = {
    DATABASE_URL: url,
    BECKET_API_KEY: canaries.of('admin'),
    DOCUMENT_ENCRYPTION_KEY: encryptionKey,
    PARSER_KEY: canaries.of('parser'),
    HOOK_SECRET: canaries.of('hook'),
    BECKET_DOCTOR_COMPARE_KEY: canaries.of('compare'),
  }
  const [inProcess, inFile] = halves(variables)
  const cwd = await createDirectory({
    'becket.yaml': stringify(settings(canaries.of, parrots, database.url)),
    '.env': Object.entries(inFile)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  })
  // PostgreSQL's account has to pass where we are root.
  await chmod(cwd, 0o755)

  return {
    canaries,
    cwd,
    env: inProcess,
    database,
    /** The address of somebody who fails. */
    failing: parrots[0]?.url ?? '',
    heard: () => parrots.map(({ heard }) => heard()).join('\n'),
    serve: (changes: Record<string, string> = {}) => serve(cwd, { ...inProcess, ...changes }),
    /** Two directories of env files, the second with something missing. */
    async environments(): Promise<string[]> {
      for (const name of ['staging', 'production']) {
        await mkdir(join(cwd, name))
        const written = Object.entries({ ...variables, ENVIRONMENT: name }).slice(name === 'staging' ? 0 : 2)
        await writeFile(join(cwd, name, 'becket.env'), written.map(([key, value]) => `${key}=${value}\n`).join(''))
      }
      return ['staging', 'production']
    },
  }
}

function halves(variables: Record<string, string>): [Record<string, string>, Record<string, string>] {
  const entries = Object.entries(variables)
  return [Object.fromEntries(entries.slice(0, 3)), Object.fromEntries(entries.slice(3))]
}

async function withCanaryRole({ db, url }: TestDatabase, password: string): Promise<string> {
  const at = new URL(url)
  const role = `canary_${at.pathname.slice(-8)}`
  await db.query(`create role ${role} superuser login password '${password}'`)
  onTestFinished(async () => void (await db.query(`drop role ${role}`)))
  at.username = role
  at.password = encodeURIComponent(password)
  return at.href
}

function settings(of: (name: string) => string, [broken, unknown, forbidden, wrong]: Parrot[], databaseUrl: string) {
  const rows = new URL(databaseUrl)
  rows.password = encodeURIComponent(of('rows'))
  const quick = { expectWithin: '1h', deadline: '2h' }
  const again = { allowPrivate: true, retry: ['1h'] }
  return {
    logLevel: 'trace',
    dataDir: 'data',
    serverKeys: [{ id: 'k1', key: of('server') }],
    worker: { pollInterval: '50ms', maxRetries: 0, retryBase: '10ms' },
    sources: {
      parser: {
        provider: 'llamaparse',
        baseUrl: unknown?.url,
        apiKey: `\${PARSER_KEY}`,
        webhookSecret: of('parser hook'),
      },
      embedder: { provider: 'openai', baseUrl: broken?.url, apiKey: of('embedder') },
      renderer: { provider: 'nca-toolkit', baseUrl: wrong?.url, apiKey: of('renderer') },
      orders: {
        provider: 'http',
        baseUrl: broken?.url,
        apiKey: of('orders'),
        verify: { scheme: 'static-header', header: 'X-Orders', secret: of('orders hook') },
        read: { externalId: '/id', status: '/status', succeeded: ['done'], output: '/result' },
        check: { url: '/orders/{externalId}', status: '/status', succeeded: ['done'] },
        operations: { place: quick },
      },
    },
    sinks: {
      hook: {
        kind: 'webhook',
        url: `${broken?.url}/hook`,
        secret: `\${HOOK_SECRET}`,
        headers: { 'X-Tenant': of('tenant') },
        ...again,
      },
      crm: {
        kind: 'airtable',
        baseUrl: unknown?.url,
        apiKey: of('crm'),
        base: 'appAAAAAAAAAAAAAA',
        table: 'Orders',
        allowPrivate: true,
      },
      heap: {
        kind: 's3',
        endpoint: forbidden?.url,
        bucket: 'heap',
        region: 'eu-central-1',
        accessKeyId: 'test-key',
        secretAccessKey: of('heap'),
        ...again,
      },
      rows: { kind: 'postgres', url: rows.href, table: 'orders', retry: ['1h'] },
    },
  }
}

async function serve(cwd: string, env: Record<string, string>): Promise<Running> {
  if (!existsSync(main)) throw new Error(`there is no ${main}: build first (npm run build)`)
  const port = await freePort()
  const { PATH, HOME, TMPDIR } = process.env
  const child: ChildProcess = spawn(process.execPath, [main, 'serve', '--port', String(port)], {
    cwd,
    env: { PATH, HOME, TMPDIR, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (data: Buffer) => {
      said += data.toString()
    })
  }
  let hasEnded = false
  const ended = once(child, 'exit').finally(() => {
    hasEnded = true
  })
  const stop = async () => {
    child.kill('SIGTERM')
    await ended
  }
  onTestFinished(stop)
  return {
    url: `http://127.0.0.1:${port}`,
    said: () => said,
    ended,
    stop,
    async answers(path) {
      if (hasEnded) throw new Error(`the server has ended: ${said}`)
      return fetch(`http://127.0.0.1:${port}${path}`).catch(() => null)
    },
  }
}
