/**
 * A load of jobs through a whole Becket of its own, against stand-ins that misbehave as they are told. Hands in, follows
 * to the end, and tells of each job how it ended; judges nothing.
 */
import { type Becket, type ExpectationSummary, type JobSummary, MAX_PAGE } from '@becket/client'
import { type ApartOptions, createRehearsalApart, type FaultsInput, type RehearsalApart } from '@becket/rehearsal'
import type { Log } from '../../observe/log.ts'
import { demoBases, demoConfiguration } from '../demo/demo-settings.ts'
import { demoVideos } from '../demo/demo-videos.ts'
import type { LoadJob } from './load-figures.ts'
import type { LoadPipeline } from './load-settings.ts'
import { raceFile } from './race-documents.ts'
import { startTemporaryBecket } from './temporary-becket.ts'

export interface LoadOptions {
  /** At most `MOST_JOBS`. */
  jobs: number
  /** Jobs are of these in turn. */
  pipelines: readonly LoadPipeline[]
  faults: FaultsInput
  seed: number
  /** What has not ended by then is unfinished. */
  withinMs: number
  directory: string
  databaseUrl: string | null
  /** Refused where it is production. */
  environment: string
  log: Log
  /** Another way to have stand-ins, for tests that run from source. */
  rehearse?: (options: ApartOptions) => RehearsalApart
  onProgress?: (ended: number) => void
  signal: AbortSignal
}

// Four at once, as several applications would send them.
const AT_ONCE = 4
const LOOK_EVERY_MS = 200

export async function runLoad(options: LoadOptions): Promise<LoadJob[]> {
  const { environment, seed, faults, directory, databaseUrl, log, rehearse = createRehearsalApart } = options
  const stops: (() => Promise<unknown>)[] = []
  try {
    const rehearsal = rehearse({
      environment,
      seed,
      faults,
      timeScale: 0.1,
      processing: { kind: 'lognormal', medianMs: 400, sigma: 0.5, maxMs: 3_000 },
      rendering: { kind: 'lognormal', medianMs: 400, sigma: 0.5, maxMs: 3_000 },
      airtable: { bases: demoBases },
    })
    stops.push(() => rehearsal.stop())
    const addresses = await rehearsal.start()
    const configuration = demoConfiguration(addresses, 0)
    const { becket } = await startTemporaryBecket({ name: 'load', configuration, directory, databaseUrl, log }, stops)
    const ids = await handIn(becket, addresses.nca.sampleBase, options)
    const jobs = await follow(becket, ids, options)
    return await Promise.all(jobs.map((job) => resultOf(becket, job)))
  } finally {
    for (const stop of stops.reverse()) await stop()
  }
}

async function handIn(becket: Becket, sampleBase: string, { jobs, pipelines, seed, signal }: LoadOptions) {
  const orders = demoVideos(sampleBase).filter(({ expected }) => expected.kind === 'complete')
  const ids: string[] = []
  let next = 0
  async function work(): Promise<void> {
    while (next < jobs && !signal.aborted) {
      const index = next++
      const order = orders[index % orders.length]
      if (pipelines[index % pipelines.length] === 'document' || order === undefined) {
        const { filename, content, sha256 } = raceFile(seed, index)
        const { jobId } = await becket.documents.submit(new Uint8Array(content), { filename, sha256 })
        if (jobId !== null) ids.push(jobId)
        continue
      }
      const job = await becket.jobs.create({ pipeline: 'video', key: `load/${index}`, input: order.input })
      ids.push(job.id)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return ids
}

/** In one question a look, however many there are. */
async function follow(
  becket: Becket,
  ids: readonly string[],
  { withinMs, onProgress, signal }: LoadOptions,
): Promise<JobSummary[]> {
  const deadline = performance.now() + withinMs
  for (;;) {
    const { items } = await becket.jobs.list({ limit: MAX_PAGE })
    const ours = items.filter(({ id }) => ids.includes(id))
    const ended = ours.filter(hasEnded).length
    onProgress?.(ended)
    if (ended === ids.length || performance.now() > deadline || signal.aborted) return ours
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
  }
}

function hasEnded({ state }: JobSummary): boolean {
  return state === 'done' || state === 'deadletter' || state === 'cancelled'
}

async function resultOf(becket: Becket, job: JobSummary): Promise<LoadJob> {
  const { items } = await becket.expectations.list({ jobId: job.id, limit: MAX_PAGE })
  const tookMs = job.finishedAt === null ? null : Date.parse(job.finishedAt) - Date.parse(job.createdAt)
  const end = job.state === 'done' ? 'complete' : hasEnded(job) ? 'failed' : 'unfinished'
  const reason = end === 'complete' ? null : (job.error?.code ?? `still ${job.status ?? job.state}`)
  return { id: job.id, pipeline: job.pipeline, end, reason, tookMs, settledBy: items.flatMap(originOf) }
}

function originOf({ state, settledBy }: ExpectationSummary) {
  return state === 'succeeded' && settledBy !== null ? [settledBy] : []
}
