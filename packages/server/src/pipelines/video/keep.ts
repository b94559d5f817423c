/**
 * The stage `keep`: copies what was rendered into our own storage, one file after the other, before the provider forgets
 * it, and reads each back. A file has one name whoever stores it, so a crash in between costs a download and no more. The
 * provider's address is recorded, and never handed on as the result.
 */
import { z } from 'zod'
import type { Db } from '../../db/db.ts'
import type { Source, Sources } from '../../providers/sources.ts'
import type { Storage } from '../../storage/storage.ts'
import type { Breakers } from '../../store/breakers.ts'
import { type ExpectationWithOutcome, readExpectation } from '../../store/expectations.ts'
import type { JobRow } from '../../store/jobs.ts'
import type { LocalStage, StageResult } from '../pipeline.ts'
import { fetchOutput, type NotFetched } from './fetched-output.ts'
import { outputName } from './output-name.ts'
import { admitToStorage, notStored, proveStored } from './stored-output.ts'
import { inputOf, type Keeping, type KeptFile, keepingOf, renderedBy } from './video-job.ts'

export interface KeepOptions {
  db: Db
  storage: Storage
  breakers: Breakers
  sources: Sources
  maxBytes: number
}

const rendered = z.object({ urls: z.array(z.string()).min(1) })

// Half a minute in all: a file may be visible later than its address is told.
const LOOK_AGAIN_MS = [1_000, 2_000, 4_000, 8_000, 15_000]
const LONGEST_WAIT_MS = 60_000
// A day: so long providers keep their files.
const GIVE_UP_AFTER_MS = 24 * 60 * 60_000
// 30 s: how long a source that is switched off is left alone before we look whether it is on again.
const SOURCE_OFF_MS = 30_000

export function createKeepStage({ db, storage, breakers, sources, maxBytes }: KeepOptions): LocalStage {
  async function run(job: JobRow, signal: AbortSignal): Promise<StageResult> {
    const id = renderedBy(job)
    const row = id === null ? null : await readExpectation(db, id)
    if (row === null) return failed('RENDER_FAILED', 'no expectation proves that it was rendered', false)
    const output = rendered.safeParse(row.outcome === null ? null : JSON.parse(row.outcome.toString('utf8')))
    if (!output.success) {
      return failed('RENDER_FAILED', `${row.source} reported a success that names no file (\`{urls: […]}\`)`, false)
    }
    const { urls } = output.data
    const keeping = keepingOf(job, row.id)
    const url = urls[keeping.files.length]
    if (url === undefined) return done(job, row, keeping)
    const gate = breakers.gate(`storage:${storage.name}`)
    const written = keeping.written ?? (await fetchNext(job, row, keeping, url, signal))
    if ('outcome' in written) return written
    const proof = await proveStored({ job, storage, gate, keeping: { ...keeping, written }, file: written })
    if (proof.kind === 'not-proven') return proof.result
    const after: Keeping = { ...keeping, files: [...keeping.files, written], misses: 0, written: null, proof: null }
    const isLast = after.files.length === urls.length
    const step = isLast ? done(job, row, after) : { outcome: { kind: 'again' as const }, data: { keeping: after } }
    return { ...step, events: proof.events }
  }

  /** The next file, stored and not proven yet; or what the job is to do instead. */
  async function fetchNext(
    job: JobRow,
    row: ExpectationWithOutcome,
    keeping: Keeping,
    url: string,
    signal: AbortSignal,
  ): Promise<KeptFile | StageResult> {
    const source = sources.get(row.source)
    if (source?.enabled !== true) {
      return away(job, row, { reason: 'the source is switched off or gone', retryAfterMs: SOURCE_OFF_MS })
    }
    if (!mayFetch(source, url)) {
      const reason = `${originOf(url)} is not among the origins that ${source.id} may fetch from`
      return notFetched(job, row, keeping, { kind: 'refused', code: 'OUTPUT_REFUSED', reason })
    }
    const gate = breakers.gate(`storage:${storage.name}`)
    const refusal = await admitToStorage(gate, storage)
    if (refusal !== null) return refusal
    const { key, contentType } = outputName(job.id, keeping.files.length + 1, url)
    const fetched = await fetchOutput({ source, url, storage, key, contentType, maxBytes, signal })
    if (fetched.kind === 'not-stored') return notStored({ job, storage, gate, key, fault: fetched.fault })
    // Then the storage was not asked for anything that it could fail at: nothing is said of it.
    if (fetched.kind !== 'stored') return notFetched(job, row, keeping, fetched)
    await gate.succeeded()
    return { key, contentType, ...fetched.content, sourceUrl: withoutQuery(url) }
  }

  return { kind: 'local', run: ({ job, signal }) => run(job, signal) }
}

function done(job: JobRow, row: ExpectationWithOutcome, keeping: Keeping): StageResult {
  const { operation } = inputOf(job)
  return {
    outcome: { kind: 'done' },
    data: { keeping },
    output: { operation, files: keeping.files, settledBy: row.settledBy },
  }
}

function notFetched(job: JobRow, row: ExpectationWithOutcome, keeping: Keeping, fault: NotFetched): StageResult {
  const number = keeping.files.length + 1
  switch (fault.kind) {
    case 'refused':
      return failed(fault.code, `file ${number} of ${row.source}: ${fault.reason}`, true)
    case 'away':
      return away(job, row, fault)
    case 'not-there': {
      const message = `file ${number} of ${row.source}: ${fault.reason}`
      const afterMs = LOOK_AGAIN_MS[keeping.misses]
      if (afterMs === undefined) {
        return { ...failed(fault.code, message, true), data: { keeping: { ...keeping, misses: 0 } } }
      }
      // The schedule is its own: a file that shows up late costs the job none of its tries.
      const error = { code: fault.code, message, retryable: true }
      return {
        outcome: { kind: 'postpone', afterMs, error },
        data: { keeping: { ...keeping, misses: keeping.misses + 1 } },
      }
    }
    default:
      return fault satisfies never
  }
}

/** Who has the file cannot give it now: that is no failure of the job, unless it lasts as long as files are kept. */
function away(
  job: JobRow,
  row: ExpectationWithOutcome,
  { reason, retryAfterMs }: { reason: string; retryAfterMs: number | null },
): StageResult {
  const message = `what ${row.source} rendered cannot be fetched: ${reason}`
  if (row.nowMs - (row.settledAtMs ?? row.nowMs) > GIVE_UP_AFTER_MS) return failed('OUTPUT_GONE', message, true)
  const afterMs = retryAfterMs ?? Math.min(LONGEST_WAIT_MS, 1_000 * 2 ** Math.min(job.postponed, 10))
  return { outcome: { kind: 'postpone', afterMs, error: { code: 'PROVIDER_FAILED', message, retryable: true } } }
}

type KeepError = 'RENDER_FAILED' | Exclude<NotFetched, { kind: 'away' }>['code']

function failed(code: KeepError, message: string, retryable: boolean): StageResult {
  return { outcome: { kind: 'fail', error: { code, message, retryable } } }
}

function mayFetch(source: Source, url: string): boolean {
  return /^https?:/i.test(url) && URL.canParse(url) && source.mayFetch(url)
}

function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : 'what is no address'
}

/** Nor with a user: what signs an address is nobody's business afterwards. */
function withoutQuery(url: string): string {
  const { origin, pathname } = new URL(url)
  return `${origin}${pathname}`
}
