/**
 * The former order of the steps, as the first users had it (their FM-027), as a small model: the document's row and its
 * job are written first, then the client gets an address and uploads; nobody says when the upload is done, and a worker
 * that comes sooner finds nothing.
 *
 * A model of that order and of its waits, no more. It is kinder than what it stands for where that has nothing to do with
 * the order: there are enough workers that no job waits for one, a worker marks what it takes and does not spin, and looks
 * for the parsed text as patiently as for the file. Its other defects have tests of their own.
 */
import { randomUUID } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import type { Db } from '../../../db/db.ts'
import type { RaceFile } from '../race-documents.ts'
import { createFormerServices, type FormerServicesOptions } from './services.ts'
import { createFormerTables, type FormerJob } from './tables.ts'
import { createFormerWebhook } from './webhook.ts'
import { runFormerWorker } from './worker.ts'

export interface FormerOrderOptions extends FormerServicesOptions {
  db: Db
  schema: string
  workers: number
  pollMs: number
  chunk: { maxTokens: number; minTokens: number }
}

export type FormerEnd =
  /** Milliseconds since 1970, on the database's clock. */
  { kind: 'complete'; atMs: number } | { kind: 'failed'; reason: string } | { kind: 'unfinished' }

export interface FormerHandedIn {
  rawPath: string
  parsedPath: string
  /** Never rejects: `unfinished` when `stop` comes first. */
  ended: Promise<FormerEnd>
}

export interface FormerOrder {
  start(): Promise<void>
  /** Resolves when the client has uploaded. */
  handIn(file: RaceFile): Promise<FormerHandedIn>
  /** Ends the workers and takes the tables away. Repeatable. */
  stop(): Promise<void>
}

export function createFormerOrder(options: FormerOrderOptions): FormerOrder {
  const { db, schema, workers, pollMs, chunk } = options
  const tables = createFormerTables(db, schema)
  const services = createFormerServices(options)
  const stopping = new AbortController()
  // Each waiting worker listens; many at once are no leak.
  setMaxListeners(0, stopping.signal)
  const open = new Map<string, (end: FormerEnd) => void>()
  let running: Promise<void>[] = []

  async function fail(job: FormerJob, reason: string): Promise<void> {
    await tables.moveTo(job, 'failed_parse', reason)
    open.get(job.jobId)?.({ kind: 'failed', reason })
  }

  async function complete(job: FormerJob): Promise<void> {
    open.get(job.jobId)?.({ kind: 'complete', atMs: await tables.moveTo(job, 'complete') })
  }

  const webhook = createFormerWebhook({ tables, services, fail })

  return {
    async start() {
      await tables.create()
      await webhook.start()
      const { signal } = stopping
      const common = { tables, services, webhookUrlFor: webhook.urlFor, fail, complete, pollMs, chunk, signal }
      running = Array.from({ length: workers }, (_, index) =>
        runFormerWorker({ ...common, firstPollMs: (pollMs * index) / workers }),
      )
    },

    async handIn(file) {
      const documentId = `doc-${file.sha256.slice(0, 32)}`
      const jobId = randomUUID()
      const rawPath = `former/raw/${documentId}.pdf`
      const { filename, content, sha256 } = file
      const ended = new Promise<FormerEnd>((resolve) => open.set(jobId, resolve))
      await tables.insertDocument({ documentId, userId: 'race', filename, bytes: content.length, sha256, rawPath })
      await tables.insertJob(jobId, documentId)
      await wait(file.lineMs)
      await services.upload(rawPath, content, 'application/pdf')
      return { rawPath, parsedPath: `former/parsed/${documentId}.md`, ended }
    },

    async stop() {
      stopping.abort()
      await Promise.all(running)
      await webhook.stop()
      for (const end of open.values()) end({ kind: 'unfinished' })
      await tables.drop()
    },
  }
}
