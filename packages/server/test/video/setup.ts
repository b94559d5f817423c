/**
 * The whole server on a database of its own, with the stand-in of the NCA Toolkit, over real HTTP. Each test builds its
 * own: `await using bundle = await setup({ faults })`. Ladders are in milliseconds; hours pass by moving the rows.
 */
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Becket, createBecket } from '@becket/client'
import type { Job, VideoInput } from '@becket/client/contract'
import { createNca, type DistributionInput, type Nca, type NcaAddress, type NcaOptions } from '@becket/rehearsal'
import { z } from 'zod'
import { type App, createApp } from '../../src/app.ts'
import { loadConfig } from '../../src/config/load.ts'
import type { Db } from '../../src/db/db.ts'
import { silentLog } from '../../src/observe/log.ts'
import { providers } from '../../src/providers/registry.ts'
import { sinkKinds } from '../../src/sinks/registry.ts'
import { testDatabase } from '../database.ts'
import { row, untilEnded } from '../document/waits.ts'

export interface SetupOptions {
  faults?: NcaOptions['faults']
  /** How long a rendering takes. */
  rendering?: DistributionInput
  render?: { expectWithin?: string; deadline?: string; every?: string; resubmit?: 'safe' | 'ask' | 'never' }
  /** Renders instead of the stand-in. */
  toolkit?: { baseUrl: string }
  /** Options of the source beside those that it has here. */
  source?: Record<string, unknown>
  /** Options of the server beside those that it has here. */
  settings?: Record<string, unknown>
}

export interface Bundle extends AsyncDisposable {
  app: App
  url: string
  becket: Becket
  db: Db
  nca: Nca
  at: NcaAddress
  /** Makes a job of the pipeline `video`, under a new key where none is given. */
  submit(input?: VideoInput, key?: string): Promise<Job>
  ended(job: { id: string }): Promise<Job>
  /** Another process on the same database and data directory; `settings` go over those of the first. */
  another(settings?: Record<string, unknown>): Promise<{ app: App; url: string; becket: Becket }>
  /** The configured sources, with these options of the one beside those that it has. */
  sourcesWith(more: Record<string, unknown>): Record<string, unknown>
  /** As it lies in our storage. */
  stored(key: string): Promise<Buffer>
  /** Everything that is to come is so much nearer, and everything that was is so much longer ago. */
  pass(ms: number): Promise<void>
}

export const ADMIN_KEY = 'test-admin-key'
export const MINUTE = 60_000
export const HOUR = 60 * MINUTE

const media = 'https://files.example.org'
export const combine: VideoInput = {
  operation: 'combine',
  segments: [{ video: `${media}/a.mp4`, voiceover: `${media}/a.mp3` }, { video: `${media}/b.mp4` }],
}
export const concatenate: VideoInput = { operation: 'concatenate', videos: [`${media}/a.mp4`, `${media}/b.mp4`] }
export const addMusic: VideoInput = { operation: 'add_music', video: `${media}/a.mp4`, music: `${media}/m.mp3` }

export async function setup(options: SetupOptions = {}): Promise<Bundle> {
  const database = await testDatabase()
  const { db } = database
  const directory = await mkdtemp(join(tmpdir(), 'becket-video-'))
  const undo: (() => Promise<unknown>)[] = [
    () => rm(directory, { recursive: true, force: true }),
    () => database.drop(),
  ]
  const dispose = async () => {
    for (let last = undo.pop(); last !== undefined; last = undo.pop()) await last()
  }
  try {
    const { faults, rendering } = options
    // Tiny files by hand: what FFmpeg makes is the stand-in's own test.
    const nca = createNca({ environment: 'test', seed: 1, faults, processing: rendering, ffmpeg: null })
    undo.push(() => nca.stop())
    const at = await nca.start()
    const settings = settingsOf(options, database.url, at)

    async function start(change: Record<string, unknown> = {}) {
      await writeFile(join(directory, 'becket.yaml'), JSON.stringify({ ...settings, ...change }))
      const { config } = await loadConfig({ env: {}, cwd: directory, providers, sinkKinds })
      const app = createApp(config, { log: silentLog })
      undo.push(() => app.stop())
      await app.start()
      const url = app.address ?? ''
      return { app, url, becket: createBecket({ url, apiKey: ADMIN_KEY }) }
    }

    const first = await start()
    let count = 0
    return {
      ...first,
      db,
      nca,
      at,
      submit(input = concatenate, key = `video-${++count}`) {
        return first.becket.jobs.create({ pipeline: 'video', key, input })
      },
      async ended({ id }) {
        await untilEnded(db, id)
        return first.becket.jobs.get(id)
      },
      another: start,
      sourcesWith: (more) => sourcesOf({ ...options, source: { ...options.source, ...more } }, at),
      stored: (key) => readFile(join(directory, 'data', 'objects', key)),
      pass: (ms) => pass(db, ms),
      [Symbol.asyncDispose]: dispose,
    }
  } catch (error) {
    await dispose()
    throw error
  }
}

function settingsOf(options: SetupOptions, databaseUrl: string, at: NcaAddress): Record<string, unknown> {
  const { settings = {} } = options
  return {
    environment: 'development',
    port: 0,
    dataDir: 'data',
    apiKey: ADMIN_KEY,
    serverKeys: [{ id: 'test', key: 'test-key-of-the-server' }],
    database: { url: databaseUrl, poolSize: 8 },
    worker: { slots: 6, pollInterval: '50ms', maxRetries: 2, retryBase: '10ms', retryCap: '50ms' },
    sources: sourcesOf(options, at),
    ...settings,
  }
}

function sourcesOf({ render = {}, source = {}, toolkit }: SetupOptions, at: NcaAddress): Record<string, unknown> {
  const operation = {
    expectWithin: render.expectWithin ?? '300ms',
    deadline: render.deadline ?? '24h',
    plan: { ladder: [{ every: render.every ?? '100ms' }] },
    resubmit: render.resubmit ?? 'ask',
  }
  return {
    nca: {
      provider: 'nca-toolkit',
      baseUrl: at.baseUrl,
      apiKey: at.apiKey,
      artifactBase: at.artifactBase,
      paths: ['/webhooks/nca-toolkit'],
      allowPrivate: true,
      operations: { combine: operation, concatenate: operation, add_music: operation, caption: operation },
      ...(toolkit && { baseUrl: toolkit.baseUrl, artifactBase: `${toolkit.baseUrl}/files` }),
      ...source,
    },
  }
}

async function pass(db: Db, ms: number): Promise<void> {
  await db.query(
    `with moved as (
       update becket.wakeup set
         -- What would be past is due now: a lane looks no further back than some seconds between its sweeps.
         due = greatest(due - $1 * interval '1 ms', least(due, clock_timestamp()))
       where owner is null
     )
     update becket.expectation set registered_at = registered_at - $1 * interval '1 ms',
       submitted_at = submitted_at - $1 * interval '1 ms', expect_by = expect_by - $1 * interval '1 ms',
       deadline_at = deadline_at - $1 * interval '1 ms'`,
    [ms],
  )
}

export interface ExpectationNow {
  id: string
  external_id: string | null
  state: string
}

/** The newest expectation of a job, once it is in one of these states. */
export function expectationIn({ db }: Bundle, job: { id: string }, ...states: string[]): Promise<ExpectationNow> {
  return row<ExpectationNow>(
    db,
    `select id, external_id, state from becket.expectation where job_id = $1 and state = any($2) order by id desc limit 1`,
    [job.id, states],
  )
}

const videoOutput = z.strictObject({
  operation: z.string(),
  settledBy: z.enum(['callback', 'check', 'artifact', 'response', 'operator']),
  files: z.array(
    z.strictObject({
      key: z.string(),
      bytes: z.number(),
      sha256: z.string(),
      contentType: z.string(),
      sourceUrl: z.string(),
    }),
  ),
})

export function outputOf(job: Job): z.output<typeof videoOutput> {
  return videoOutput.parse(job.output)
}

export function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
