/**
 * Forgets what is older than it is to be kept, one process at a time: partitions are dropped, claims change places, and
 * walks over the other tables empty and remove what has ended. Its cost is that of what expires: a round with nothing to
 * do is a handful of statements. Decides nothing about windows, and makes no partitions; see `config` and `sweeper.ts`.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { firstIdAt } from '../core/id.ts'
import { keptSinceMs, type Retention } from '../core/retention.ts'
import type { Db } from '../db/db.ts'
import type { Log } from '../observe/log.ts'
import { rotateClaims } from '../store/claim-rotation.ts'
import { recordDuty, takeTurn, untilTurn } from '../store/duties.ts'
import { dropPartition, findExpiredPartitions } from '../store/partition-drop.ts'
import { DAY_MS } from '../store/partitions.ts'
import { removeLeftovers } from '../store/retention-leftovers.ts'
import { countRemoved, findWork, revisit, stepWalk, type Walk } from '../store/retention-walk.ts'
import { walksFor } from '../store/retention-walks.ts'
import type { DoomedObjects } from './doomed-objects.ts'
import { createLoop, type Service } from './loop.ts'

const RETENTION = 'retention'

export interface PrunerOptions {
  db: Db
  retention: Retention
  objects: DoomedObjects
  log: Log
  /** Rows of one transaction. */
  batch?: number
}

/** What one round did. Kept as the duty's detail, and shown by `becket health`. */
export interface PruneReport {
  /** By table or walk, how much was removed. */
  removed: Record<string, number>
  /** Partitions that are too old and stay, since they hold callbacks that nobody has read. */
  unread: string[]
  /** Partitions, or claims, that somebody was using; tried again. */
  busy: string[]
  /** By table, the first day of what is kept, `2026-01-31`. */
  oldest: Record<string, string>
  /** There is more to do at once. */
  isBehind: boolean
}

// 10 min: what goes has lain there for days; what costs anything is what goes, not that we look.
const EVERY_MS = 600_000
// 60 s: so late does a turn come at most, and so long may a process be without having gone round.
const LONGEST_PAUSE_MS = 60_000
// 1 s between two rounds when there is more to do.
const BEHIND_PAUSE_MS = 1_000
// 20 s of work in a round: the loop shows that it gets on, and stops soon when it is told to.
const ROUND_MS = 20_000
// 500 rows a transaction: short enough to stand in nobody's way.
const BATCH = 500

export function createPruner(options: PrunerOptions): Service & {
  /** One round. `atMs`: as if it were that time. */
  prune(atMs?: number, signal?: AbortSignal): Promise<PruneReport>
} {
  const { db, retention, objects, log, batch = BATCH } = options
  const walks = walksFor(retention)
  let isBehind = false

  async function prune(atMs?: number, signal: AbortSignal = new AbortController().signal): Promise<PruneReport> {
    const report: PruneReport = { removed: {}, unread: [], busy: [], oldest: {}, isBehind: false }
    const nowMs = await dropPartitions(report, atMs ?? null, signal)
    const rotation = await rotateClaims(db, retention.claimsMs, nowMs)
    if (rotation === 'rotated') count(report, 'claims', 1)
    if (rotation === 'busy') report.busy.push('callback_claim')
    await clearLeftovers(report, nowMs)
    await goRound(report, nowMs, signal)
    count(report, 'objects', await objects.remove(signal))
    return report
  }

  /** Answers the time that the round goes by. */
  async function dropPartitions(report: PruneReport, atMs: number | null, signal: AbortSignal): Promise<number> {
    const { callbacksMs, evidenceMs, eventsMs, requestsMs } = retention
    const keptMs = { callback: callbacksMs, evidence: evidenceMs, event: eventsMs, request: requestsMs }
    const { nowMs, expired, oldest } = await findExpiredPartitions(db, keptMs, atMs)
    for (const [table, day] of Object.entries(oldest)) report.oldest[table] = dateOf(day)
    for (const partition of expired) {
      if (signal.aborted) return nowMs
      const { kind } = await dropPartition(db, partition)
      if (kind === 'dropped') {
        count(report, `${partition.table}.days`, 1)
        await countRemoved(db, `${partition.table}.days`, 1)
      } else {
        report[kind].push(partition.name)
      }
    }
    return nowMs
  }

  async function clearLeftovers(report: PruneReport, nowMs: number): Promise<void> {
    const limits = {
      firstCallback: firstIdAt('callback', keptSinceMs(retention.callbacksMs, nowMs)),
      resolvedBeforeMs: nowMs - retention.eventsMs,
      firstChange: firstIdAt('change', nowMs - retention.summariesMs),
    }
    const left = await removeLeftovers(db, limits, batch)
    for (const [name, removed] of Object.entries(left)) {
      if (removed === 0) continue
      count(report, name, removed)
      await countRemoved(db, name, removed)
      if (removed === batch) report.isBehind = true
    }
  }

  async function goRound(report: PruneReport, nowMs: number, signal: AbortSignal): Promise<void> {
    const until = performance.now() + ROUND_MS
    const { fresh, noted } = await findWork(db, walks, nowMs)
    for (const walk of walks) {
      if (noted.has(walk.name) && !signal.aborted) await take(report, walk, () => revisit(db, walk, nowMs, batch))
      let goesOn = fresh.has(walk.name)
      while (goesOn && !signal.aborted && performance.now() < until) {
        const startedMs = performance.now()
        goesOn = await take(report, walk, () => stepWalk(db, walk, nowMs, batch))
        // As long as it took: what is old never has more than half of what one connection can do.
        if (goesOn) await rest(performance.now() - startedMs, signal)
      }
      if (goesOn) report.isBehind = true
    }
  }

  /** Whether there is more. */
  async function take(report: PruneReport, walk: Walk, step: () => ReturnType<typeof stepWalk>): Promise<boolean> {
    const done = await step()
    if (done.kind === 'busy') return false
    count(report, walk.name, done.removed)
    return done.isBehind
  }

  async function round(signal: AbortSignal): Promise<number> {
    if (isBehind || (await takeTurn(db, RETENTION, EVERY_MS))) await pruneAndTell(signal)
    if (isBehind) return BEHIND_PAUSE_MS
    return Math.min(LONGEST_PAUSE_MS, (await untilTurn(db, RETENTION)) ?? LONGEST_PAUSE_MS)
  }

  async function pruneAndTell(signal: AbortSignal): Promise<void> {
    const startedMs = performance.now()
    const tell = (succeeded: boolean, detail: Record<string, unknown>) =>
      recordDuty(db, RETENTION, { succeeded, tookMs: performance.now() - startedMs, detail })
    let report: PruneReport
    try {
      report = await prune(undefined, signal)
    } catch (error) {
      isBehind = false
      await tell(false, { error: error instanceof Error ? error.message : String(error) })
      throw error
    }
    isBehind = report.isBehind
    await tell(true, { ...report })
    if (Object.keys(report.removed).length > 0) log.info({ removed: report.removed }, 'what was too old was removed')
    if (report.unread.length > 0) {
      const what = 'callbacks that nobody has read are too old, and kept: is there a worker, and does it get on?'
      log.error({ partitions: report.unread }, what)
    }
    if (report.busy.length > 0) log.warn({ busy: report.busy }, 'somebody uses what is too old; it is tried again')
  }

  return { ...createLoop({ name: RETENTION, pauseMs: LONGEST_PAUSE_MS, log, round }), prune }
}

function count(report: PruneReport, name: string, removed: number): void {
  if (removed > 0) report.removed[name] = (report.removed[name] ?? 0) + removed
}

function dateOf(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10)
}

/** Ends early, and quietly, when it is to stop. */
async function rest(ms: number, signal: AbortSignal): Promise<void> {
  // It rejects for no other reason than the signal.
  await delay(ms, undefined, { signal }).catch(() => {})
}
