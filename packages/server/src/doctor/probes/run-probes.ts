/**
 * All probes side by side, with one end: what has not answered by then is unknown. Asks only what it is given: what is
 * configured, and candidates that somebody named by hand.
 */
import { setMaxListeners } from 'node:events'
import type { TokenKeys } from '../../core/callback-token.ts'
import type { Storage } from '../../storage/storage.ts'
import { probeCallback } from './callback.ts'
import { chooseCandidate } from './candidates.ts'
import { type DatabaseLadder, type DatabaseProbeOptions, probeDatabase } from './database.ts'
import { readTarget } from './database-target.ts'
import type { ClockReading } from './judge-clock.ts'
import { type KeyHolder, type KeyProbe, probeProvider, probeSink } from './keys.ts'
import { type Endpoint, judgeClocks, type MachineProbeOptions, probeMachine } from './machine.ts'
import type { ProbeReport } from './report.ts'
import { createScrub } from './scrub.ts'
import { probeStorage } from './storage.ts'
import { within } from './time-limit.ts'

/** Whatever is absent is not asked. */
export interface ProbeTargets {
  database?: { url: string } & Omit<DatabaseProbeOptions, 'signal'>
  storage?: Storage
  sources?: readonly KeyHolder[]
  sinks?: readonly KeyHolder[]
  callback?: { publicUrl: string; keys: TokenKeys; environment: string }
  machine?: Pick<MachineProbeOptions, 'dataDir' | 'machine'> & { endpoints?: readonly Endpoint[] }
}

export interface ProbeOptions {
  signal?: AbortSignal
  /** For all of them together; default 20 s. When all is well they take a second or two. */
  deadlineMs?: number
  /** Every secret that is configured: none of them gets into a report, wherever it comes from. */
  secrets?: readonly string[]
  toleranceMs?: number
  /** Told of each as it ends. */
  onAnswered?(target: string, tookMs: number): void
}

// 20 s: longer than the rungs of a ladder that each take nearly all of their time before they answer.
const DEADLINE_MS = 20_000

export async function runProbes(targets: ProbeTargets, options: ProbeOptions = {}): Promise<ProbeReport[]> {
  const { deadlineMs = DEADLINE_MS, secrets = [], toleranceMs } = options
  const over = new AbortController()
  // Every rung of every probe listens to it; beyond ten, Node takes that for a leak and says so.
  setMaxListeners(0, over.signal)
  const stop = () => over.abort()
  const timer = setTimeout(stop, deadlineMs)
  options.signal?.addEventListener('abort', stop, { once: true })
  if (options.signal?.aborted === true) stop()
  const { signal } = over
  const { database, storage, sources = [], sinks = [], callback, machine } = targets
  const limit = { signal, secrets }

  // Each keeps its own times and answers with values; one that breaks off is a report and holds up no other.
  const guarded = async <Value>(target: string, ask: () => Promise<Value>): Promise<Value | ProbeReport> => {
    const startedMs = performance.now()
    const failed = (why: string): ProbeReport => {
      const tookMs = Math.round(performance.now() - startedMs)
      return { target, rung: 'probe', status: 'unknown', code: 'NET01', evidence: why, remedy: null, tookMs }
    }
    try {
      // 1 s after the end: so long may a probe take to say that it was ended.
      const answer = await within(deadlineMs + 1_000, new AbortController().signal, ask)
      return answer.kind === 'done' ? answer.value : failed('it did not end in time')
    } catch (error) {
      return failed(`it broke off: ${error instanceof Error ? error.message : String(error)}`)
    } finally {
      options.onAnswered?.(target, Math.round(performance.now() - startedMs))
    }
  }

  try {
    const [ladders, canary, keys, itself, here] = await Promise.all([
      database &&
        guarded('database', () => probeDatabase(database.url, { ...database, ...sameTolerance(options), signal })),
      storage && guarded('storage', () => probeStorage(storage, limit)),
      Promise.all([
        ...sources.map((source) => guarded(`source ${source.id}`, () => probeProvider(source, limit))),
        ...sinks.map((sink) => guarded(`sink ${sink.id}`, () => probeSink(sink, limit))),
      ]),
      callback && guarded('callback', () => probeCallback(callback.publicUrl, callback.keys, { ...callback, signal })),
      machine && guarded('machine', () => probeMachine({ ...machine, endpoints: endpointsOf(targets), signal })),
    ])
    const climbed = Array.isArray(ladders) ? ladders : []
    const proved = keys.filter((answer): answer is KeyProbe => 'reports' in answer)
    const all: ProbeReport[] = [
      ...climbed.flatMap(({ reports }) => reports),
      ...[chooseCandidate(climbed)].filter((report) => report !== null),
      ...proved.flatMap(({ reports }) => reports),
      ...[ladders, canary, itself, here].flatMap((answer) => loose(answer)),
      ...keys.flatMap((answer) => ('reports' in answer ? [] : [answer])),
      ...(machine === undefined ? [] : [judgeClocks(clocksOf(climbed, proved), toleranceMs)]),
    ]
    const scrub = createScrub(secrets)
    return all.map((report) => ({
      ...report,
      evidence: scrub(report.evidence),
      remedy: report.remedy === null ? null : scrub(report.remedy),
    }))
  } finally {
    clearTimeout(timer)
    options.signal?.removeEventListener('abort', stop)
  }
}

const sameTolerance = ({ toleranceMs }: ProbeOptions) => (toleranceMs === undefined ? {} : { toleranceMs })

/** Reports that are not part of a ladder. */
function loose(answer: readonly DatabaseLadder[] | readonly ProbeReport[] | ProbeReport | undefined): ProbeReport[] {
  if (answer === undefined) return []
  return [answer].flat().filter((one): one is ProbeReport => 'rung' in one)
}

function clocksOf(ladders: readonly DatabaseLadder[], keys: readonly KeyProbe[]): ClockReading[] {
  return [...ladders, ...keys].flatMap(({ clock }) => clock ?? [])
}

/** The database, and where callbacks come, beside what else was named. */
function endpointsOf({ database, callback, machine }: ProbeTargets): Endpoint[] {
  const target = database === undefined ? null : readTarget(database.url)
  const own = callback !== undefined && URL.canParse(callback.publicUrl) ? new URL(callback.publicUrl) : null
  return [
    ...(target?.host == null ? [] : [{ host: target.host, port: target.port }]),
    ...(own === null ? [] : [{ host: own.hostname, port: Number(own.port || (own.protocol === 'http:' ? 80 : 443)) }]),
    ...(machine?.endpoints ?? []),
  ]
}
