/**
 * The whole server on a database of its own, with the stand-ins of its providers, all over real HTTP. Each test builds
 * its own: `await using bundle = await setup({ faults })`. Ladders are in milliseconds, so that recovery is quick.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { type Becket, createBecket, type FileFacts } from '@becket/client'
import type { Document, Job } from '@becket/client/contract'
import { createRehearsal, type DistributionInput, type FaultsInput, type Rehearsal } from '@becket/rehearsal'
import { pino } from 'pino'
import { type App, createApp } from '../../src/app.ts'
import { loadConfig } from '../../src/config/load.ts'
import { settingsOf as namedSettings } from '../../src/config/settings.ts'
import type { Db } from '../../src/db/db.ts'
import { providers } from '../../src/providers/registry.ts'
import { sinkKinds } from '../../src/sinks/registry.ts'
import { testDatabase } from '../database.ts'
import { untilEnded } from './waits.ts'

export interface SetupOptions {
  faults?: FaultsInput
  /** How long the parser works on a document. */
  processing?: DistributionInput
  api?: 'v1' | 'v2'
  /** Objects in the stand-in of Supabase, instead of files. */
  storage?: 'fs' | 'supabase'
  /** False: the parser is told no signing secret, so that only our token proves its callbacks. */
  signed?: boolean
  encryptionKey?: string
  slots?: number
  maxRetries?: number
  pollInterval?: string
  parse?: { expectWithin?: string; deadline?: string; every?: string; resubmit?: 'safe' | 'ask' | 'never' }
  embed?: { batchSize?: number }
  /** The parts that the first process runs; all by default. */
  roles?: readonly ('intake' | 'api' | 'worker')[]
  /** Further options of the first process. */
  more?: Record<string, unknown>
  maxTokens?: number
}

export interface Bundle extends AsyncDisposable {
  app: App
  url: string
  becket: Becket
  db: Db
  databaseUrl: string
  rehearsal: Rehearsal
  dataDir: string
  webhookSecret: string
  /** Everything that must never be seen in a log. */
  secrets: string[]
  /** Every log line at every level, as it was written, with nothing taken out of it. */
  logged(): string
  /** Creates, uploads and finalizes; the job begins. */
  submit(content: Buffer, facts?: Partial<FileFacts>): Promise<Document & { jobId: string }>
  ended(document: { jobId: string }): Promise<Job>
  /** Another process on the same database and data directory; `settings` go over those of the first. */
  another(settings?: Record<string, unknown>): Promise<{ app: App; url: string; becket: Becket }>
}

export const ADMIN_KEY = 'test-admin-key'
export const SERVER_KEY = 'test-key-of-the-server'
export const DIMENSIONS = 32

export async function setup(options: SetupOptions = {}): Promise<Bundle> {
  const database = await testDatabase()
  const directory = await mkdtemp(join(tmpdir(), 'becket-document-'))
  const undo: (() => Promise<unknown>)[] = [
    () => rm(directory, { recursive: true, force: true }),
    () => database.drop(),
  ]
  const dispose = async () => {
    for (let last = undo.pop(); last !== undefined; last = undo.pop()) await last()
  }
  try {
    const { faults, processing } = options
    const rehearsal = createRehearsal({ environment: 'test', seed: 1, faults, processing, timeScale: 0.02 })
    undo.push(() => rehearsal.stop())
    const standIns = await rehearsal.start()
    const settings = settingsOf(options, database.url, standIns)
    const lines: string[] = []
    const log = pino({ level: 'trace' }, linesTo(lines))

    async function start(change: Record<string, unknown> = {}) {
      await writeFile(join(directory, 'becket.yaml'), JSON.stringify({ ...settings, ...change }))
      const loaded = await loadConfig({ env: {}, cwd: directory, providers, sinkKinds })
      const app = createApp(loaded.config, { log, settings: namedSettings(loaded) })
      undo.push(() => app.stop())
      await app.start()
      const url = app.address ?? ''
      return { app, url, becket: createBecket({ url, apiKey: ADMIN_KEY }) }
    }

    const first = await start(options.more)
    const { becket } = first
    return {
      ...first,
      db: database.db,
      databaseUrl: database.url,
      rehearsal,
      dataDir: join(directory, 'data'),
      webhookSecret: standIns.llamaparse.webhookSecret,
      secrets: [
        ADMIN_KEY,
        SERVER_KEY,
        standIns.llamaparse.apiKey,
        standIns.llamaparse.webhookSecret,
        standIns.openai.apiKey,
        standIns.storage.apiKey,
        new URL(database.url).password,
        options.encryptionKey ?? '',
      ].filter((secret) => secret !== ''),
      logged: () => lines.join(''),
      async submit(content, facts = {}) {
        const document = await becket.documents.submit(content, { filename: 'report.pdf', ...facts })
        const { jobId } = document
        if (jobId === null) throw new Error(`document ${document.id} is ${document.state} and has no job`)
        return { ...document, jobId }
      },
      async ended({ jobId }) {
        await untilEnded(database.db, jobId)
        return becket.jobs.get(jobId)
      },
      another: start,
      [Symbol.asyncDispose]: dispose,
    }
  } catch (error) {
    await dispose()
    throw error
  }
}

function settingsOf(
  options: SetupOptions,
  databaseUrl: string,
  standIns: Awaited<ReturnType<Rehearsal['start']>>,
): Record<string, unknown> {
  const { llamaparse, openai, storage } = standIns
  const { api = 'v2', signed = true, parse = {} } = options
  return {
    environment: 'development',
    port: 0,
    ...(options.roles !== undefined && { roles: options.roles }),
    dataDir: 'data',
    apiKey: ADMIN_KEY,
    serverKeys: [{ id: 'test', key: SERVER_KEY }],
    database: { url: databaseUrl, poolSize: 8 },
    worker: {
      slots: options.slots ?? 6,
      pollInterval: options.pollInterval ?? '50ms',
      maxRetries: options.maxRetries ?? 2,
      retryBase: '10ms',
      retryCap: '50ms',
    },
    documents: {
      maxBytes: '1 MiB',
      ...(options.encryptionKey !== undefined && { encryptionKey: options.encryptionKey }),
      embed: { dimensions: DIMENSIONS, batchSize: options.embed?.batchSize ?? 64 },
      ...(options.maxTokens !== undefined && { chunk: { maxTokens: options.maxTokens, minTokens: 8 } }),
    },
    ...(options.storage === 'supabase' && {
      storage: { kind: 'supabase', url: storage.baseUrl, serviceKey: storage.apiKey, bucket: storage.bucket },
    }),
    sources: {
      llamaparse: {
        provider: 'llamaparse',
        baseUrl: llamaparse.baseUrl,
        apiKey: llamaparse.apiKey,
        api,
        ...(api === 'v2' && signed && { webhookSecret: llamaparse.webhookSecret }),
        paths: ['/webhook/llamaparse/{job_id}'],
        operations: {
          parse: {
            expectWithin: parse.expectWithin ?? '300ms',
            deadline: parse.deadline ?? '30s',
            plan: { ladder: [{ every: parse.every ?? '150ms' }] },
            resubmit: parse.resubmit ?? 'safe',
          },
        },
      },
      openai: {
        provider: 'openai',
        baseUrl: openai.baseUrl,
        apiKey: openai.apiKey,
        operations: { embed: { expectWithin: '300ms', deadline: '30s' } },
      },
    },
  }
}

function linesTo(lines: string[]): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString('utf8'))
      done()
    },
  })
}
