/**
 * Where a callback goes: to the database, or to the spool while the database is away, slow, or not yet ours; and back from
 * there. Answers nobody and judges nothing; the file is `spool-file.ts`, what is carried back `spool-drain.ts`.
 *
 * Once the database did not take one in time, all go to the spool, and none waits for it any more. They go on doing so
 * while the spool is drained: so they stay in order, are answered in milliseconds, and the database, just back, gets full
 * batches one after the other and nothing beside them. With less than a batch left, they go to the database again.
 */
import { AppError } from '../core/error.ts'
import { timeOfId } from '../core/id.ts'
import { isDataError } from '../db/sql-error.ts'
import type { Log } from '../observe/log.ts'
import type { NewCallback, StoredCallback } from '../store/callbacks.ts'
import { BATCH, drainBatch } from './spool-drain.ts'
import type { SpoolFile, SpoolUsage } from './spool-file.ts'
import { createPatience } from './spool-patience.ts'
import { encodeRecord } from './spool-record.ts'

/** `closed`: nothing waits, and callbacks go to the database. */
export type SpoolState = 'closed' | 'spooling' | 'draining'

export interface SpoolStanding extends Omit<SpoolUsage, 'oldestId'> {
  state: SpoolState
  /** Milliseconds since 1970. */
  oldestMs: number | null
  /** Why the database does not take them; null while it does. */
  reason: string | null
  /** Whether one that comes now is kept even if the database is away. */
  takes: boolean
}

export interface Kept {
  id: string
  fate: StoredCallback['fate'] | 'spooled'
}

export interface Spool {
  /** Resolves when the callback is durable, in one place or the other. */
  store(callback: NewCallback): Promise<Kept>
  /** To be called again and again; answers after how many milliseconds, or undefined when it does not matter. */
  round(signal: AbortSignal): Promise<number | undefined>
  standing(): SpoolStanding
  /** Drains what it can where the database answers, and closes the file. */
  close(): Promise<void>
}

export interface SpoolOptions {
  file: SpoolFile
  /** Into the database. */
  store(callback: NewCallback): Promise<StoredCallback>
  /** The same, in a queue of its own: what hangs in the other one must not hold up the way back. */
  storeSpooled(callback: NewCallback): Promise<StoredCallback>
  /** Which of these ids the database has. */
  findStored(ids: readonly string[]): Promise<ReadonlySet<string>>
  /** Whether the database answers, told in short time either way. */
  answers(): Promise<boolean>
  /** Why nothing may be stored in the database yet; null: it may. */
  notReady(): AppError | null
  /** Why nothing may be accepted at all while the database was never reached; absent or null: it may. */
  mayNotVouch?(): AppError | null
  afterMs: number
  /** There is something to do for `round`. */
  wake(): void
  log: Log
}

// 500 ms: what is drained begins to go at once when the database is back, and one question more or less costs nothing.
const ASK_EVERY_MS = 500
// 10 s: a round that takes a minute counts as stuck, and a long way back is not that.
const ROUND_MS = 10_000
// 3 s: of the 10 s that a stop may take, after what is under way had its time.
const DRAIN_AT_STOP_MS = 3_000

export function createSpool(options: SpoolOptions): Spool {
  const { file, afterMs, log } = options
  // What an earlier process left is drained first, and with it the question is answered whether the database is there.
  let goesDirect = file.usage().waiting === 0
  let away: { reason: string } | null = null
  const patience = createPatience({ limitMs: afterMs })
  // Those that nobody waits for any more, while the database still has them in hand.
  const underWay = new Set<string>()
  let drained = 0
  let isRestored = false
  let isFailing = false

  async function store(callback: NewCallback): Promise<Kept> {
    const refusal = options.notReady()
    if (refusal === null) return goesDirect ? storeInTime(callback) : keep(callback)
    const unfit = options.mayNotVouch?.() ?? null
    if (unfit !== null) throw unfit
    noteAway(refusal.detail)
    return keep(callback)
  }

  async function storeInTime(callback: NewCallback): Promise<Kept> {
    const storing = options.store(callback)
    const outcome = await patience.wait(storing)
    if (outcome.kind === 'stored') return outcome.stored
    // The database has looked at it and says no: it would say so again.
    if (outcome.kind === 'failed' && isDataError(outcome.error)) throw outcome.error
    if (outcome.kind === 'late') {
      underWay.add(callback.id)
      void storing.catch(() => {}).then(() => underWay.delete(callback.id))
    }
    noteAway(outcome.kind === 'late' ? `no answer within ${afterMs} ms` : reasonOf(outcome.error))
    try {
      return await keep(callback)
    } catch (error) {
      if (outcome.kind === 'failed') throw outcome.error
      log.warn({ callbackId: callback.id, err: error }, 'the spool did not take a callback; it waits for the database')
      return storing
    }
  }

  async function keep(callback: NewCallback): Promise<Kept> {
    try {
      await file.put({ id: callback.id, record: encodeRecord(callback) })
    } catch (error) {
      // The spool being full or broken, a database that answers is the better place.
      if (away === null && options.notReady() === null) return options.store(callback)
      throw error
    }
    // It may have been on its way when the spool was found empty.
    if (goesDirect) options.wake()
    return { id: callback.id, fate: 'spooled' }
  }

  function noteAway(reason: string): void {
    if (away === null) log.warn({ reason }, 'the database does not take callbacks: they go to the spool')
    away = { reason }
    if (!goesDirect) return
    goesDirect = false
    patience.end()
    options.wake()
  }

  function noteBack(): void {
    if (away !== null && !isFailing) {
      log.info({ waiting: file.usage().waiting }, 'the database answers again: the spool is being drained')
    }
    away = null
  }

  function noteFailure(error: unknown): void {
    const reason = reasonOf(error)
    // Tried again twice a second, it is said once.
    if (!isFailing) log.warn({ reason, waiting: file.usage().waiting }, 'the spool could not be drained yet')
    isFailing = true
    away = { reason }
  }

  async function round(signal: AbortSignal): Promise<number | undefined> {
    await tryToMend()
    if (goesDirect && file.usage().waiting === 0) return undefined
    if (options.notReady() !== null) return ASK_EVERY_MS
    if (away !== null && !(await options.answers())) return ASK_EVERY_MS
    noteBack()
    try {
      restoreOnce()
      const isDone = await drain(AbortSignal.any([signal, AbortSignal.timeout(ROUND_MS)]))
      isFailing = false
      return isDone ? undefined : underWay.size > 0 ? ASK_EVERY_MS : 0
    } catch (error) {
      noteFailure(error)
      return ASK_EVERY_MS
    }
  }

  /** From the oldest on. What is done and cannot be taken out of the file is passed over, and found stored the next time. */
  async function drain(signal: AbortSignal): Promise<boolean> {
    let after: string | null = null
    let notRemoved: unknown
    while (!signal.aborted) {
      const batch = await drainBatch({ ...options, isUnderWay: (id) => underWay.has(id) }, after)
      drained += batch.stored
      notRemoved ??= batch.notRemoved
      if (batch.last === null || file.usage().waiting < BATCH.entries) goesDirect = true
      if (batch.last === null) {
        if (notRemoved !== undefined) throw notRemoved
        if (file.usage().waiting > 0) return false
        if (drained > 0) log.info({ drained }, 'the spool is drained')
        drained = 0
        return true
      }
      after = batch.last
    }
    return false
  }

  /** What was set aside gets one more chance at each start. */
  function restoreOnce(): void {
    if (isRestored) return
    const restored = file.restore()
    isRestored = true
    if (restored > 0) log.info({ restored }, 'callbacks that had been set aside are tried once more')
  }

  async function tryToMend(): Promise<void> {
    const { fault } = file.usage()
    if (fault === null) return
    try {
      await file.mend()
      log.info({}, 'the spool can be written again')
    } catch (error) {
      log.debug({ err: error }, 'the spool can still not be written')
    }
  }

  function standing(): SpoolStanding {
    const { oldestId, ...usage } = file.usage()
    const isAway = away !== null || options.notReady() !== null
    const isUnfit = options.notReady() !== null && (options.mayNotVouch?.() ?? null) !== null
    const isBusy = usage.waiting > 0 || !goesDirect
    return {
      ...usage,
      state: isBusy ? (isAway ? 'spooling' : 'draining') : 'closed',
      oldestMs: oldestId === null ? null : timeOfId(oldestId),
      reason: away?.reason ?? null,
      takes: usage.fault === null && usage.bytes < usage.maxBytes && !isUnfit,
    }
  }

  async function close(): Promise<void> {
    try {
      const isWorth = file.usage().waiting > 0 && options.notReady() === null
      if (isWorth && (await options.answers())) await drain(AbortSignal.timeout(DRAIN_AT_STOP_MS))
    } catch (error) {
      log.warn({ reason: reasonOf(error) }, 'the spool could not be drained before the end')
    }
    const { waiting } = file.usage()
    if (waiting > 0) log.warn({ waiting }, 'callbacks stay in the spool: the next start stores them')
    await file.close()
  }

  return { store, round, standing, close }
}

function reasonOf(error: unknown): string {
  if (error instanceof AppError) return error.detail
  return error instanceof Error ? error.message : String(error)
}
