/** A running server with sources of several schemes, and a terminal beside it with the same configuration. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Becket, createBecket } from '@becket/client'
import { onTestFinished } from 'vitest'
import { createApp, importProvider, openDatabase, providers, sinkKinds } from '../../src/app.ts'
import type { CliIo } from '../../src/cli/io.ts'
import { registerRehearse } from '../../src/cli/rehearse/command.ts'
import { run } from '../../src/cli/run.ts'
import { loadConfig } from '../../src/config/load.ts'
import { silentLog } from '../../src/observe/log.ts'
import { createTerminal, type Ran } from '../cli/terminal.ts'
import { testDatabase } from '../database.ts'

const SECRET = Buffer.from('test-key-of-the-orders').toString('base64')

const ADMIN_KEY = 'test-admin-key-of-this-server'

const read = { externalId: '/id', status: '/status', succeeded: ['done'], failed: ['failed'], output: '/output' }

const settings = {
  port: 0,
  apiKey: ADMIN_KEY,
  // Not where it listens: what is signed is the public address, and what is sent goes elsewhere.
  publicUrl: 'https://becket.test',
  serverKeys: [{ id: 'k1', key: 'test-key-of-the-server' }],
  sources: {
    orders: {
      provider: 'http',
      verify: { scheme: 'standard-webhooks', secret: SECRET },
      paths: ['/hooks/orders/{job_id}'],
      read,
    },
    github: { provider: 'http', verify: { scheme: 'github', secret: 'test-key' }, read },
    open: { provider: 'http', read },
    own: { provider: './own.mjs' },
  },
}

/** A provider of the user's own, in a module: its words are known to nobody else. */
const OWN = `export default ({ z }) => ({
  name: 'own',
  options: z.strictObject({}),
  operations: { work: { expectWithinMs: 1000, deadlineMs: 60000, resubmit: 'safe' } },
  sample: ({ externalId }) => ({ mine: externalId }),
  create: () => ({
    read: ({ body }) => ({
      kind: 'outcome',
      externalId: JSON.parse(body.toString()).mine,
      outcome: { verdict: 'succeeded', output: 'done' },
    }),
  }),
})`

export interface Stage {
  becket: Becket
  url: string
  /** The words behind `becket rehearse callback`; the answer as it is printed. */
  rehearse(...words: string[]): Promise<Ran>
  /** The same with `--json`, parsed. */
  rehearsed(...words: string[]): Promise<{ code: number; answer: Record<string, unknown> }>
  /** Puts a file beside the configuration. */
  write(name: string, content: string): Promise<void>
}

export async function setup(more: { environment?: string; here?: object } = {}): Promise<Stage> {
  const database = await testDatabase()
  onTestFinished(database.drop)
  const io: Partial<CliIo> = {
    now: Date.now,
    after: (ms, work) => {
      const timer = setTimeout(work, ms)
      return () => clearTimeout(timer)
    },
    loadApp: async () => ({ createApp, importProvider, openDatabase, providers, sinkKinds }),
  }
  const terminal = await createTerminal(io)
  const { cwd } = terminal
  const { environment = 'development' } = more
  const written = { ...settings, environment, database: { url: database.url }, dataDir: join(cwd, 'data') }
  await writeFile(join(cwd, 'own.mjs'), OWN)
  await writeFile(join(cwd, 'becket.yaml'), JSON.stringify(written))
  const { config } = await loadConfig({ env: {}, cwd, providers, sinkKinds, importProvider })
  const app = createApp(config, { log: silentLog, onFatal: () => {} })
  onTestFinished(() => app.stop())
  await app.start()
  const url = app.address ?? ''
  if (more.here !== undefined) await writeFile(join(cwd, 'becket.yaml'), JSON.stringify({ ...written, ...more.here }))

  async function rehearse(...words: string[]): Promise<Ran> {
    let [out, err] = ['', '']
    const all = ['rehearse', 'callback', '--url', url, '--api-key', ADMIN_KEY, ...words]
    const here: CliIo = { ...terminal.io, out: (line) => (out += `${line}\n`), err: (line) => (err += `${line}\n`) }
    return { code: await run(all, here, '0.0.0', [registerRehearse]), out, err }
  }
  return {
    becket: createBecket({ url, apiKey: ADMIN_KEY }),
    url,
    rehearse,
    async rehearsed(...words) {
      const { code, out, err } = await rehearse(...words, '--json')
      if (out === '') throw new Error(err)
      return { code, answer: JSON.parse(out) }
    },
    write: (name, content) => writeFile(join(cwd, name), content),
  }
}
