/**
 * A worker of the former order: it polls, takes one job, goes as far with it as it can, and looks for the next. Whether
 * the file is there it finds out by looking: again and again, with fixed waits, the job in its hands meanwhile. What
 * fails, fails for good: a retry was meant, but nothing ever selected a failed job again.
 */
import { setTimeout as wait } from 'node:timers/promises'
import { chunkMarkdown } from '../../../core/chunk.ts'
import type { FormerServices } from './services.ts'
import type { FormerJob, FormerTables } from './tables.ts'

export interface FormerWorkerOptions {
  tables: FormerTables
  services: FormerServices
  webhookUrlFor(jobId: string): string
  fail(job: FormerJob, reason: string): Promise<void>
  complete(job: FormerJob): Promise<void>
  pollMs: number
  /** So that several workers do not all poll at the same moment. */
  firstPollMs: number
  chunk: { maxTokens: number; minTokens: number }
  signal: AbortSignal
}

const EXISTENCE_WAITS_MS = [500, 1_000, 1_500, 2_000, 3_000]

/** Resolves when `signal` is aborted. */
export async function runFormerWorker(options: FormerWorkerOptions): Promise<void> {
  const { tables, services, signal } = options

  async function readWhenThere(path: string): Promise<Buffer> {
    for (const ms of EXISTENCE_WAITS_MS) {
      if (await services.exists(path)) return services.read(path)
      await wait(ms, undefined, { signal })
    }
    if (await services.exists(path)) return services.read(path)
    throw new Error('Document file is not accessible for processing. Please try uploading again.')
  }

  async function parse(job: FormerJob): Promise<void> {
    const content = await readWhenThere(job.rawPath)
    await services.parse(job.filename, content, options.webhookUrlFor(job.jobId))
    await tables.moveTo(job, 'parse_queued')
  }

  async function finish(job: FormerJob): Promise<void> {
    const text = (await readWhenThere(job.parsedPath ?? '')).toString('utf8')
    if (text.trim() === '') throw new Error('the parsed text is empty')
    await tables.moveTo(job, 'parse_validated')
    const chunks = chunkMarkdown(text, options.chunk)
    const vectors = await services.embed(chunks.map(({ content }) => content))
    await tables.storeChunks(
      job.documentId,
      chunks.map(({ ordinal, content }, index) => ({ ordinal, content, embedding: vectors[index] ?? [] })),
    )
    await tables.moveTo(job, 'chunks_stored')
    await options.complete(job)
  }

  async function workOnNext(): Promise<'worked' | 'nothing'> {
    const job = await tables.claim()
    if (job === null) return 'nothing'
    try {
      await (job.status === 'parsed' ? finish(job) : parse(job))
    } catch (error) {
      if (!signal.aborted) await options.fail(job, error instanceof Error ? error.message : String(error))
    }
    return 'worked'
  }

  // On a beat of its own, whatever it does between two polls: so several never come to poll together.
  let beatMs = performance.now() + options.firstPollMs
  while (!signal.aborted) {
    await wait(Math.max(0, beatMs - performance.now()), undefined, { signal }).catch(() => {})
    while (!signal.aborted && (await workOnNext()) === 'worked');
    while (beatMs <= performance.now()) beatMs += options.pollMs
  }
}
