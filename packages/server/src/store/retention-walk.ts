/**
 * Goes over a table once, in order of time, a batch at a time, and remembers how far it has come: its cost is that of what
 * expires, whatever lies behind or ahead. What was not ready when the walk came by is noted, and looked at again. What is
 * done with what it finds is the walk's own; see `retention-subjects.ts`.
 */
import { firstIdAt, type IdKind } from '../core/id.ts'
import type { Db, Queryable, Tx } from '../db/db.ts'
import { sqlState } from '../db/sql-error.ts'
import { holdRetention } from './retention-lock.ts'

export interface Walk {
  name: string
  table: 'job' | 'expectation' | 'outbox' | 'document'
  kind: IdKind
  /** After which it is looked at: since it was made. */
  afterMs: number
  /** Of what has ended, since then. */
  keptMs: number
  prune(tx: Tx, ids: readonly string[], endedBeforeMs: number): Promise<Pruned>
}

export interface Pruned {
  removed: number
  /** What is to be looked at again: not ended yet, or too lately. */
  later: readonly string[]
}

export type Step =
  | { kind: 'walked'; removed: number; isBehind: boolean }
  /** Another process forgets just now, or somebody holds one of the rows. */
  | { kind: 'busy' }

// 2 s: whoever holds one of these rows, which nobody has touched for months, is let through.
const LOCK_TIMEOUT_MS = 2_000

const doneTo = (name: string) => `coalesce((select done_to from becket.retention where name = ${quoted(name)}), '')`

/** Relies on the primary key of the table, between how far the walk has come and what is too young for it. */
export function sliceOf(walk: Pick<Walk, 'name' | 'table'>): string {
  return `select id from becket.${walk.table} where id > ${doneTo(walk.name)} and id < $1 order by id limit $2`
}

/** Which walks have anything to do. One statement for all of them: what a round without work costs. */
export async function findWork(
  db: Queryable,
  walks: readonly Walk[],
  nowMs: number,
): Promise<{ fresh: ReadonlySet<string>; noted: ReadonlySet<string> }> {
  const parts = walks.map(
    (walk, index) => `select ${quoted(walk.name)} as name,
       exists (select from becket.${walk.table} where id > ${doneTo(walk.name)} and id < $${index + 1}) as fresh,
       exists (select from becket.retention_later where walk = ${quoted(walk.name)}) as noted`,
  )
  const { rows } = await db.query<{ name: string; fresh: boolean; noted: boolean }>(
    parts.join('\nunion all\n'),
    walks.map((walk) => horizonOf(walk, nowMs)),
  )
  const named = (pick: (row: { fresh: boolean; noted: boolean }) => boolean) =>
    new Set(rows.filter(pick).map(({ name }) => name))
  return { fresh: named(({ fresh }) => fresh), noted: named(({ noted }) => noted) }
}

/** The next batch. */
export function stepWalk(db: Db, walk: Walk, nowMs: number, limit: number): Promise<Step> {
  return inTurn(db, async (tx) => {
    const { rows } = await tx.query<{ id: string }>(sliceOf(walk), [horizonOf(walk, nowMs), limit])
    const last = rows.at(-1)
    if (last === undefined) return { kind: 'walked', removed: 0, isBehind: false }
    const ids = rows.map(({ id }) => id)
    const { removed, later } = await walk.prune(tx, ids, nowMs - walk.keptMs)
    if (later.length > 0) {
      await tx.query(
        'insert into becket.retention_later (walk, id) select $1, unnest($2::text[]) on conflict do nothing',
        [walk.name, later],
      )
    }
    await comeTo(tx, walk.name, last.id, removed)
    return { kind: 'walked', removed, isBehind: rows.length === limit }
  })
}

/** Looks again at what was noted: one batch, and the next one at the next time, round and round. */
export function revisit(db: Db, walk: Walk, nowMs: number, limit: number): Promise<Step> {
  const cursor = `${walk.name}.later`
  return inTurn(db, async (tx) => {
    const { rows } = await tx.query<{ id: string }>(
      `select id from becket.retention_later where walk = $1 and id > ${doneTo(cursor)} order by id limit $2`,
      [walk.name, limit],
    )
    const ids = rows.map(({ id }) => id)
    const { removed, later } = await walk.prune(tx, ids, nowMs - walk.keptMs)
    const still = new Set(later)
    await tx.query('delete from becket.retention_later where walk = $1 and id = any($2)', [
      walk.name,
      ids.filter((id) => !still.has(id)),
    ])
    await comeTo(tx, walk.name, null, removed)
    await comeTo(tx, cursor, rows.length === limit ? (ids.at(-1) ?? '') : '', 0)
    return { kind: 'walked', removed, isBehind: false }
  })
}

/** What was removed elsewhere, counted beside the walks. */
export async function countRemoved(db: Queryable, name: string, removed: number): Promise<void> {
  await comeTo(db, name, null, removed)
}

async function comeTo(tx: Queryable, name: string, id: string | null, removed: number): Promise<void> {
  await tx.query(
    `insert into becket.retention as r (name, done_to, removed) values ($1, coalesce($2, ''), $3)
     on conflict (name) do update set done_to = coalesce($2, r.done_to), removed = r.removed + $3, at = clock_timestamp()`,
    [name, id, removed],
  )
}

async function inTurn(db: Db, work: (tx: Tx) => Promise<Step>): Promise<Step> {
  try {
    return await db.tx(async (tx) => {
      if (!(await holdRetention(tx, db.schema))) return { kind: 'busy' }
      await tx.query(`set local lock_timeout = ${LOCK_TIMEOUT_MS}`)
      return work(tx)
    })
  } catch (error) {
    if (sqlState(error) === '55P03') return { kind: 'busy' }
    throw error
  }
}

function horizonOf(walk: Walk, nowMs: number): string {
  return firstIdAt(walk.kind, nowMs - walk.afterMs)
}

/** Only names that stand in this program. */
function quoted(name: string): string {
  if (!/^[a-z.-]+$/.test(name)) throw new Error(`${name} is no name of a walk`)
  return `'${name}'`
}
