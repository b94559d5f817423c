/**
 * Whether the database is away, found out as soon as anybody waits for it too long or loses it: asked on a connection of
 * its own, until it answers again. Does nothing while all is well, and mends nothing.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { AppError } from '../core/error.ts'
import type { Db } from './db.ts'
import { isConnectionError } from './sql-error.ts'

export interface DatabaseWatch {
  /** The same database for those that are waited for: while it is away they are told so, and not left waiting. */
  impatient(db: Db): Db
  stop(): void
}

export interface DatabaseWatchOptions {
  /** Whether the database answers, told in short time either way. */
  answers(): Promise<boolean>
  /** How long one call may take before that is asked. */
  patienceMs?: number
  /** How often it is asked while it is away. */
  everyMs?: number
}

// 1 s: longer than what people take for an answer, shorter than what they take for a fault of their own.
const PATIENCE_MS = 1_000
const EVERY_MS = 500
// 2 s: until it is back nothing is lost by trying again.
const RETRY_AFTER_MS = 2_000

export function createDatabaseWatch(options: DatabaseWatchOptions): DatabaseWatch {
  const { answers, patienceMs = PATIENCE_MS, everyMs = EVERY_MS } = options
  const waiting = new Set<(error: AppError) => void>()
  const stopping = new AbortController()
  let isAway = false
  let isLooking = false

  /** A slow statement is no reason to refuse others; a database that does not answer at all is. */
  async function look(): Promise<void> {
    if (isLooking || stopping.signal.aborted) return
    isLooking = true
    try {
      while (!stopping.signal.aborted && !(await answers())) {
        isAway = true
        for (const refuse of waiting) refuse(away())
        await pause(everyMs, stopping.signal)
      }
    } finally {
      isAway = false
      isLooking = false
    }
  }

  async function impatiently<Result>(work: () => Promise<Result>): Promise<Result> {
    if (isAway) throw away()
    let refuse: (error: AppError) => void = () => {}
    const refused = new Promise<never>((_, reject) => {
      refuse = reject
    })
    waiting.add(refuse)
    const impatience = setTimeout(() => void look(), patienceMs)
    try {
      return await Promise.race([work(), refused])
    } catch (error) {
      if (isConnectionError(error)) void look()
      throw error
    } finally {
      clearTimeout(impatience)
      waiting.delete(refuse)
    }
  }

  return {
    impatient: (db) => ({
      ...db,
      query: (text, values) => impatiently(() => db.query(text, values)),
      tx: (work, txOptions) => impatiently(() => db.tx(work, txOptions)),
    }),
    stop: () => stopping.abort(),
  }
}

function away(): AppError {
  return new AppError(
    'DATABASE_UNREACHABLE',
    'The database does not answer; what was asked for may or may not have happened',
    {
      hint: 'Try again with the same key: nothing happens twice. `/readyz` says when the database is back.',
      retryable: true,
      retryAfterMs: RETRY_AFTER_MS,
    },
  )
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  // It rejects for no other reason than the signal.
  await delay(ms, undefined, { signal }).catch(() => {})
}
