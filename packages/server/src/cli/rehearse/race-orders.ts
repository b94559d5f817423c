/**
 * The documents of a race, each sent through both orders at the same time: the former one, and ours as any client uses it.
 * The two take turns in being first. Tells what became of each; does not know what its readers met.
 */
import { setTimeout as wait } from 'node:timers/promises'
import { type Becket, BecketError } from '@becket/client'
import type { FormerOrder } from './former/former-order.ts'
import { type RaceFile, raceFile } from './race-documents.ts'
import type { RaceRun } from './race-figures.ts'

/** One document in one order, and where its objects lie. */
export interface Way extends Pick<RaceRun, 'end' | 'reason' | 'tookMs'> {
  paths: string[]
}

export interface Ways {
  filename: string
  former: Way
  ours: Way
}

export interface Racers {
  former: FormerOrder
  becket: Becket
  /** The database's clock minus ours: both orders are timed by the former, at their end. */
  clockOffsetMs: number
}

export interface RunOptions {
  documents: number
  seed: number
  /** Documents under way at once. */
  atOnce: number
  onProgress?: ((ended: number) => void) | undefined
  signal?: AbortSignal | undefined
}

// Longer than the longest way of a document through every wait of either order.
const END_WITHIN_MS = 60_000
// As the client's own `submit`, which has no line that can be slow.
const SHOWN_WITHIN_MS = 10_000

/** Ends early, with those that were begun, when `signal` is aborted. */
export async function runOrders(racers: Racers, options: RunOptions): Promise<Ways[]> {
  const { documents, seed, atOnce, onProgress, signal } = options
  const done: Ways[] = []
  let next = 0
  let ended = 0
  async function work(): Promise<void> {
    while (next < documents && signal?.aborted !== true) {
      const index = next++
      const file = raceFile(seed, index)
      done[index] = { filename: file.filename, ...(await both(file, racers, index % 2 === 0)) }
      onProgress?.(++ended)
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, documents) }, work))
  return done
}

async function both(file: RaceFile, racers: Racers, formerFirst: boolean): Promise<{ former: Way; ours: Way }> {
  if (formerFirst) {
    const [former, ours] = await Promise.all([formerWay(file, racers), ourWay(file, racers)])
    return { former, ours }
  }
  const [ours, former] = await Promise.all([ourWay(file, racers), formerWay(file, racers)])
  return { former, ours }
}

async function formerWay(file: RaceFile, { former, clockOffsetMs }: Racers): Promise<Way> {
  const startMs = Date.now() + clockOffsetMs
  const { rawPath, parsedPath, ended } = await former.handIn(file)
  const late = new AbortController()
  const end = await Promise.race([ended, unfinished(late.signal)])
  late.abort()
  return {
    end: end.kind,
    reason: end.kind === 'failed' ? end.reason : null,
    tookMs: end.kind === 'complete' ? end.atMs - startMs : null,
    paths: [rawPath, parsedPath],
  }
}

async function unfinished(signal: AbortSignal): Promise<{ kind: 'unfinished' }> {
  await wait(END_WITHIN_MS, undefined, { signal }).catch(() => {})
  return { kind: 'unfinished' }
}

async function ourWay(file: RaceFile, { becket, clockOffsetMs }: Racers): Promise<Way> {
  const startMs = Date.now() + clockOffsetMs
  const { filename, content, sha256 } = file
  const paths: string[] = []
  const failed = (reason: string): Way => ({ end: 'failed', reason, tookMs: null, paths })
  try {
    const promised = await becket.documents.create({ filename, bytes: content.length, sha256 })
    paths.push(`raw/${promised.id}.pdf`, `parsed/${promised.id}.md`)
    await wait(file.lineMs)
    await becket.documents.upload(promised, content)
    const { jobId } = await becket.documents.finalize(promised.id, { waitMs: SHOWN_WITHIN_MS })
    if (jobId === null) return failed('it was finalized and has no job')
    const job = await becket.jobs.wait(jobId, { timeout: END_WITHIN_MS })
    if (job.state !== 'done' || job.finishedAt === null) return failed(job.error?.message ?? job.state)
    return { end: 'complete', reason: null, tookMs: Date.parse(job.finishedAt) - startMs, paths }
  } catch (error) {
    if (!(error instanceof BecketError)) throw error
    return error.code === 'WAIT_TIMED_OUT' ? { ...failed(error.message), end: 'unfinished' } : failed(error.message)
  }
}
