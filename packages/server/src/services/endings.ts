/**
 * Waits for expectations and jobs to end. What ends by this process's hand is told at once, and what it wrote of it is kept
 * for who waits; for the rest, all who wait in this process share one query a round: a thousand open requests cost the
 * database no more than one.
 */
import { textArray } from '../db/binary-array.ts'
import type { Db } from '../db/db.ts'
import type { Log } from '../observe/log.ts'
import { createFollowing, type Following } from './following.ts'

// 150 ms: nobody who waited for minutes notices, and an idle server asks nothing.
const ROUND_MS = 150

type Kind = 'expectation' | 'job'

// `(select $1)`: so that one plan serves however many wait; see `store/expectation-batches.ts`.
const ended: Record<Kind, string> = {
  expectation: `select id from becket.expectation
    where id = any((select $1::text[])::text[]) and state in ('succeeded', 'failed', 'cancelled', 'expired')`,
  job: `select id from becket.job where id = any((select $1::text[])::text[]) and state in ('done', 'deadletter', 'cancelled')`,
}

export interface Endings extends Following {
  /** Resolves when the subject has ended, when `waitMs` are over, or when nobody waits any more. */
  wait(kind: Kind, id: string, options: { waitMs: number; signal: AbortSignal }): Promise<void>
  /** It has ended, as this process has just committed. */
  ended(kind: Kind, id: string): void
}

export function createEndings({ db, log }: { db: Db; log: Log }): Endings {
  const waiting: Record<Kind, Map<string, Set<() => void>>> = { expectation: new Map(), job: new Map() }
  let isAsking = false

  async function ask(): Promise<void> {
    if (isAsking) return
    isAsking = true
    while (waiting.expectation.size + waiting.job.size > 0) {
      for (const kind of ['expectation', 'job'] as const) await round(kind)
      await new Promise((resolve) => setTimeout(resolve, ROUND_MS))
    }
    isAsking = false
  }

  async function round(kind: Kind): Promise<void> {
    const ids = [...waiting[kind].keys()]
    if (ids.length === 0) return
    try {
      const { rows } = await db.query<{ id: string }>(ended[kind], [textArray(ids)])
      for (const { id } of rows) for (const done of waiting[kind].get(id) ?? []) done()
    } catch (error) {
      // Whoever waits is answered at the latest when their time is over, with what the database then says.
      log.warn({ err: error, waiting: ids.length }, 'could not ask whether what is waited for has ended')
    }
  }

  return {
    ...createFollowing(),

    ended(kind, id) {
      for (const done of waiting[kind].get(id) ?? []) done()
    },

    wait(kind, id, { waitMs, signal }) {
      if (waitMs <= 0 || signal.aborted) return Promise.resolve()
      return new Promise((resolve) => {
        const waiters = waiting[kind].get(id) ?? new Set()
        waiting[kind].set(id, waiters)
        const done = () => {
          clearTimeout(timer)
          signal.removeEventListener('abort', done)
          waiters.delete(done)
          if (waiters.size === 0) waiting[kind].delete(id)
          resolve()
        }
        const timer = setTimeout(done, waitMs)
        signal.addEventListener('abort', done)
        waiters.add(done)
        void ask()
      })
    },
  }
}
