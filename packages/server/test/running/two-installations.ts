/** Installations that run beside each other, each as it is configured; providers are named and never called. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Becket, createBecket } from '@becket/client'
import { createApp } from '../../src/app.ts'
import { loadConfig } from '../../src/config/load.ts'
import { settingsOf } from '../../src/config/settings.ts'
import { silentLog } from '../../src/observe/log.ts'
import { providers } from '../../src/providers/registry.ts'
import { sinkKinds } from '../../src/sinks/registry.ts'
import { type TestDatabase, testDatabase } from '../database.ts'

export const COMPARE_KEY = 'test-key-for-comparing'

export interface Running {
  url: string
  becket: Becket
  apiKey: string
  database: TestDatabase
  /** Another process of the same installation. */
  another(settings?: Record<string, unknown>): Promise<Running>
}

export interface Installations extends AsyncDisposable {
  start(settings: Record<string, unknown>, on?: TestDatabase): Promise<Running>
}

export function installations(): Installations {
  const undo: (() => Promise<unknown>)[] = []

  async function start(settings: Record<string, unknown>, on?: TestDatabase): Promise<Running> {
    const database = on ?? (await testDatabase())
    if (on === undefined) undo.push(() => database.drop())
    const directory = await mkdtemp(join(tmpdir(), 'becket-compared-'))
    undo.push(() => rm(directory, { recursive: true, force: true }))
    const apiKey = `test-key-of-${String(settings.environment)}`
    const base = {
      host: '127.0.0.1',
      port: 0,
      dataDir: 'data',
      apiKey,
      serverKeys: [{ id: 'test', key: `test-key-of-the-server-of-${String(settings.environment)}` }],
      doctor: { compareKey: COMPARE_KEY },
      database: { url: database.url, poolSize: 4 },
    }

    async function run(more: Record<string, unknown> = {}): Promise<Running> {
      await writeFile(join(directory, 'becket.yaml'), JSON.stringify({ ...base, ...settings, ...more }))
      const loaded = await loadConfig({ env: {}, cwd: directory, providers, sinkKinds })
      const app = createApp(loaded.config, { log: silentLog, settings: settingsOf(loaded) })
      undo.push(() => app.stop())
      await app.start()
      const url = app.address ?? ''
      return { url, apiKey, database, becket: createBecket({ url, apiKey }), another: run }
    }
    return run()
  }

  return {
    start,
    async [Symbol.asyncDispose]() {
      for (let last = undo.pop(); last !== undefined; last = undo.pop()) await last()
    },
  }
}
