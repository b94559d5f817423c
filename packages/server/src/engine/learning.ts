/**
 * What this process knows of how long each operation takes and how many callbacks are lost: gathers what it sees end, adds
 * it to what all processes have learned, and reads that back for `learned-plans.ts`. All off the path of the work: what a
 * crash takes with it are the last seconds' observations. When to ask is decided in core.
 */

import type { Lesson } from '../core/lesson.ts'
import type { Db } from '../db/db.ts'
import type { Learning } from '../moves/learning.ts'
import type { Log } from '../observe/log.ts'
import { addLearned, forgetLearned, readFoundTraces, readLearned, readRunning } from '../store/latency.ts'
import { createLearnedPlans } from './learned-plans.ts'
import { createLoop, type Service } from './loop.ts'
import { createTally } from './tally.ts'

export interface LearningOptions {
  db: Db
  /** The provider behind a source: what it does elsewhere is believed while little was seen here. */
  providerOf(source: string): string | undefined
  /** By how much checks of a source are dearer at the moment; absent: by nothing. */
  pressure?(source: string): number
  log: Log
  /** Milliseconds that only ever grow. */
  clock?: () => number
}

export interface LearningService extends Service, Learning {
  /** Writes down what was seen, and reads what all have learned. */
  turn(): Promise<void>
}

// 5 s: what a crash may take with it, for one statement while something ends.
const EVERY_MS = 5_000
// A callback that comes a minute after its outcome was found is as good as lost; should it come yet, that is put right.
const GRACE_MS = 60_000
// Two statement time-outs: a callback that was stored in time may be committed a little later.
const SETTLED_MS = 2_000
// A minute: what runs is counted, and what nobody added to has faded a little.
const REFRESH_MS = 60_000
// 10,000: more found by asking in a minute than asking can find.
const MOST_FOUND = 10_000
const BATCH = 500

type Found = Extract<Lesson, { kind: 'found' }> & { foundAt: number }
type Overtaken = Extract<Lesson, { kind: 'overtaken' }>

export function createLearning(options: LearningOptions): LearningService {
  const { db, providerOf, pressure = () => 1, log, clock = () => performance.now() } = options
  const tally = createTally()
  const plans = createLearnedPlans({ providerOf, pressure, clock })
  let found: Found[] = []
  let overtaken: Overtaken[] = []
  let dropped = 0
  let refreshedAt = Number.NEGATIVE_INFINITY
  let isStarted = false

  function note(lesson: Lesson): void {
    switch (lesson.kind) {
      case 'heard':
        tally.callbacks(lesson, { lost: 0, arrived: 1 })
        if (lesson.afterMs !== null) tally.ended(lesson, { kind: 'exact', afterMs: lesson.afterMs })
        return
      case 'given-up':
        tally.ended(lesson, { kind: 'censored', atMs: lesson.afterMs })
        return
      case 'found':
        if (found.length >= MOST_FOUND) dropped += 1
        else found.push({ ...lesson, foundAt: clock() })
        return
      case 'overtaken':
        if (overtaken.length >= MOST_FOUND) dropped += 1
        else overtaken.push(lesson)
        return
      default:
        lesson satisfies never
    }
  }

  /** `all`: also what was found so lately that its callback may still come; of that, only the time is counted. */
  async function weigh(all: boolean): Promise<void> {
    const due = found.filter(({ foundAt }) => all || clock() - foundAt >= GRACE_MS + SETTLED_MS)
    for (let at = 0; at < due.length; at += BATCH) {
      const batch = due.slice(at, at + BATCH)
      const traces = await tracesOf(batch)
      for (const lesson of batch) {
        const trace = traces.get(lesson.expectationId)
        const { afterMs, finishedAfterMs, submittedAtMs } = lesson
        const pendingMs = Math.max(0, (trace?.lastPendingMs ?? submittedAtMs) - submittedAtMs)
        if (finishedAfterMs !== null) tally.ended(lesson, { kind: 'exact', afterMs: finishedAfterMs })
        else tally.ended(lesson, { kind: 'between', fromMs: Math.min(pendingMs, afterMs), toMs: afterMs })
        if (trace === undefined || clock() - lesson.foundAt < GRACE_MS) continue
        const isLost = trace.firstCallbackMs === null || trace.firstCallbackMs > trace.settledAtMs + GRACE_MS
        tally.callbacks(lesson, isLost ? { lost: 1, arrived: 0 } : { lost: 0, arrived: 1 })
      }
      const weighed = new Set(batch)
      found = found.filter((lesson) => !weighed.has(lesson))
    }
    while (overtaken.length > 0) {
      const batch = overtaken.slice(0, BATCH)
      const traces = await tracesOf(batch)
      for (const lesson of batch) {
        const trace = traces.get(lesson.expectationId)
        if (trace?.firstCallbackId !== lesson.callbackId || trace.firstCallbackMs === null) continue
        // Within the grace it is counted with what was found.
        if (trace.firstCallbackMs > trace.settledAtMs + GRACE_MS) tally.callbacks(lesson, { lost: -1, arrived: 1 })
      }
      overtaken = overtaken.slice(batch.length)
    }
  }

  async function tracesOf(lessons: readonly { expectationId: string }[]) {
    const traces = await readFoundTraces(db, [...new Set(lessons.map(({ expectationId }) => expectationId))])
    return new Map(traces.map((trace) => [trace.expectationId, trace]))
  }

  async function write(all = false): Promise<boolean> {
    await weigh(all)
    const added = tally.take()
    try {
      await addLearned(db, added)
    } catch (error) {
      // Perhaps it was written, and only the answer was lost: counted twice, it shifts a mean a little.
      tally.putBack(added)
      throw error
    }
    if (dropped > 0) log.warn({ dropped }, 'more was found by asking than can be learned from; the rest is left out')
    dropped = 0
    return added.length > 0
  }

  async function turn(): Promise<void> {
    const isNew = await write()
    const isStale = clock() - refreshedAt >= REFRESH_MS
    if (!isNew && !isStale) return
    plans.know(await readLearned(db))
    if (isStale) {
      plans.knowRunning(await readRunning(db))
      await forgetLearned(db)
      refreshedAt = clock()
    }
  }

  const loop = createLoop({
    name: 'learning',
    pauseMs: EVERY_MS,
    log,
    async round() {
      await turn()
      return undefined
    },
  })

  return {
    ...loop,
    note,
    tableFor: plans.tableFor,
    turn,
    async start() {
      isStarted = true
      await loop.start()
    },
    async stop() {
      await loop.stop()
      if (!isStarted) return
      isStarted = false
      await write(true).catch((error: unknown) => {
        log.warn({ err: error }, 'what was learned in the last seconds was not written down')
      })
    },
  }
}
