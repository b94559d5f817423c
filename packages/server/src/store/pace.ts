/**
 * Paces that all processes share: one row each, on the database's clock, moved by one statement per request. What has no
 * limit is asked for pauses only, and seldom. With the database away, each process goes by its own estimate: a dependency
 * is then called a little too fast, never left alone for our own fault.
 */
import { allowanceMs, costMs, type PaceState, pausePace, restedPace, takeTurn } from '../core/pace.ts'
import { PATIENCE_MS, type PaceGate, type PaceLimit, type Turn } from '../core/pace-gate.ts'
import type { Db } from '../db/db.ts'
import { isTransient } from '../db/sql-error.ts'
import type { Log } from '../observe/log.ts'
import { listPaces, type PaceSummary, pausePaceRow, readPausedMs, takeTurnOf } from './pace-rows.ts'

// 2 s: how long others may go on calling what has just asked to be left alone, where no limit makes them ask the row.
const REFRESH_MS = 2_000
const MAX_REASON_LENGTH = 500

export interface PacesOptions {
  db: Db
  log: Log
  /** Milliseconds that only ever grow. */
  clock?: () => number
}

export interface Paces {
  /** The same gate for the same name; the limit is that of the first who asks. Null: only pauses hold it back. */
  gate(name: string, limit: PaceLimit | null): PaceGate
  list(): Promise<PaceSummary[]>
}

export function createPaces({ db, log, clock = () => performance.now() }: PacesOptions): Paces {
  const gates = new Map<string, PaceGate>()

  /** Null: the database is away. */
  async function unlessAway<Result>(pace: string, work: () => Promise<Result>): Promise<Result | null> {
    try {
      return await work()
    } catch (error) {
      if (!isTransient(error)) throw error
      log.warn({ pace, err: error }, 'the pace’s row could not be reached; this process goes by its own estimate')
      return null
    }
  }

  function createGate(name: string, limit: PaceLimit | null): PaceGate {
    let estimate: PaceState = restedPace
    let refreshedAt = Number.NEGATIVE_INFINITY
    let refreshing: Promise<void> | null = null

    async function refresh(): Promise<void> {
      const pausedMs = await unlessAway(name, () => readPausedMs(db, name))
      refreshedAt = clock()
      if (pausedMs !== null) estimate = { ...estimate, pausedUntilMs: clock() + pausedMs }
    }

    function takeHere(cost: number, patienceMs: number): Turn {
      const { turn, next } = takeTurn(estimate, limit, { cost, patienceMs }, clock())
      estimate = next
      return turn
    }

    async function takeOfRow(kept: PaceLimit, cost: number, patienceMs: number): Promise<Turn> {
      const asked = { costMs: costMs(kept, cost), allowanceMs: allowanceMs(kept, cost), patienceMs }
      const turn = await unlessAway(name, () => takeTurnOf(db, name, asked))
      if (turn === null) return takeHere(cost, patienceMs)
      // What the row told is where the estimate goes on from, should the database go away.
      if (turn.granted) estimate = { ...estimate, tatMs: clock() + turn.waitMs + asked.allowanceMs }
      return turn
    }

    return {
      take(cost = 1, patienceMs = PATIENCE_MS) {
        if (limit !== null) return takeOfRow(limit, cost, patienceMs)
        if (clock() - refreshedAt < REFRESH_MS) return takeHere(cost, patienceMs)
        refreshing ??= refresh().finally(() => {
          refreshing = null
        })
        return refreshing.then(() => takeHere(cost, patienceMs))
      },

      async pause(ms, reason) {
        estimate = pausePace(estimate, ms, clock())
        // NUL does not fit into text.
        const told = reason.replaceAll('\0', ' ').slice(0, MAX_REASON_LENGTH)
        const isStored = await unlessAway(name, async () => {
          await pausePaceRow(db, name, ms, told)
          return true
        })
        log.info({ pace: name, pausedMs: ms, reason: told, isStored: isStored === true }, 'paused, as it asked for')
      },
    }
  }

  return {
    gate(name, limit) {
      const known = gates.get(name) ?? createGate(name, limit)
      gates.set(name, known)
      return known
    },
    list: () => listPaces(db),
  }
}
