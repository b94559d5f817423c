/**
 * Writes expectations down before their provider is called: those of many callers in one transaction, with their wakeups,
 * their place on the timeline, and the callbacks that came before them. For attempts of jobs see `attempts.ts`.
 */
import type { Tx } from '../db/db.ts'
import { lockCorrelations } from '../store/correlation-locks.ts'
import { appendEvents, type NewEvent } from '../store/events.ts'
import { insertExpectations, insertFirstWakeups } from '../store/expectation-inserts.ts'
import type { ExpectationRow, NewExpectation } from '../store/expectations.ts'
import { takeOrphans } from '../store/orphans.ts'
import type { Claim, Taker } from '../store/wakeups.ts'
import { rematch } from './rematch.ts'

export interface Expecting {
  expectation: NewExpectation
  /** What a callback that came early may have been kept by. */
  known: readonly Buffer[]
  /** Whoever calls the provider holds the wakeup meanwhile; null where nobody here does. */
  owner: string | null
  /** When to look at it first, where nobody holds it. */
  firstLookMs: (row: ExpectationRow) => number
  events: (row: ExpectationRow) => readonly NewEvent[]
}

/** Null where somebody else registered the key and attempt first. */
export type Expected = { row: ExpectationRow; firstLookMs: number; claim: Claim | null } | null

/** In their order. */
export async function expectAll(tx: Tx, taker: Taker, all: readonly Expecting[]): Promise<Expected[]> {
  const known = all.flatMap((expecting) => expecting.known)
  lockCorrelations(tx, known)
  const rows = await insertExpectations(
    tx,
    all.map(({ expectation }) => expectation),
  )
  const made = all.flatMap(({ expectation, owner, firstLookMs, events }) => {
    const row = rows.get(expectation.id)
    return row === undefined ? [] : [{ row, owner, afterMs: firstLookMs(row), events: events(row) }]
  })
  // Sent together: neither needs the other's answer.
  const [claims, early] = await Promise.all([
    insertFirstWakeups(
      tx,
      made.map(({ row, owner, afterMs }) => ({ expectationId: row.id, owner, afterMs })),
    ),
    takeOrphans(tx, known),
  ])
  await appendEvents(
    tx,
    made.flatMap(({ events }) => events),
  )
  await rematch(tx, taker, early)
  const looks = new Map(made.map(({ row, afterMs }) => [row.id, afterMs]))
  return all.map(({ expectation }): Expected => {
    const row = rows.get(expectation.id)
    if (row === undefined) return null
    return { row, firstLookMs: looks.get(row.id) ?? 0, claim: claims.get(row.id) ?? null }
  })
}
