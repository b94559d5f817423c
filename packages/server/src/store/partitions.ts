/**
 * Makes the daily partitions of the append-only tables ahead of time. Their key is the id, which begins with its time.
 * Drops none; see `partition-drop.ts`.
 */
import { firstIdAt, type IdKind } from '../core/id.ts'
import type { Db, Queryable } from '../db/db.ts'

export const partitionedTables = {
  callback: 'callback',
  evidence: 'evidence',
  event: 'event',
  request: 'request',
} as const satisfies Record<string, IdKind>

export type PartitionedTable = keyof typeof partitionedTables

export const DAY_MS = 86_400_000
// A week ahead: a sweeper that is away over a long weekend, or a writer's clock that runs fast, still finds its place.
const DAYS_AHEAD = 7
// Two days behind: a writer's clock that runs slow.
const DAYS_BEHIND = 2
// 30 days: nothing waits outside for longer, and a wrong time does not make a thousand partitions.
const MOST_DAYS_BEHIND = 30

export interface Partition {
  name: string
  table: PartitionedTable
  /** Since 1970. */
  day: number
  /** The first id that it holds, and the first that it does not. */
  from: string
  to: string
}

/**
 * Makes what is missing, by the database's clock. One statement when there is nothing to do. Made apart and attached then:
 * a partition made in its place would wait for everybody who reads the table, and intake would wait behind it.
 * `sinceMs`: also those for ids that were made as long ago as that, milliseconds since 1970.
 */
export async function ensurePartitions(db: Db, { sinceMs }: { sinceMs?: number } = {}): Promise<string[]> {
  if ((await findMissing(db, db.schema, sinceMs)).length === 0) return []
  return db.tx(async (tx) => {
    // Several processes may sweep at once: one makes them, the others find them made.
    await tx.query(`select pg_advisory_xact_lock(hashtext('becket partitions ' || $1))`, [db.schema])
    const missing = await findMissing(tx, db.schema, sinceMs)
    for (const { name, table, from, to } of missing) {
      await tx.query(`create table becket.${name} (like becket.${table} including defaults including constraints)`)
      await tx.query(
        `alter table becket.${table} attach partition becket.${name} for values from ('${from}') to ('${to}')`,
      )
    }
    return missing.map((partition) => partition.name)
  })
}

async function findMissing(db: Queryable, schema: string, sinceMs: number | undefined): Promise<Partition[]> {
  const { rows } = await db.query<{ now_ms: number; existing: string[] | null }>(
    `select (extract(epoch from clock_timestamp()) * 1000)::float8 as now_ms,
       (select array_agg(c.relname::text) from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = $1 and c.relispartition) as existing`,
    [schema],
  )
  const row = rows[0]
  if (row === undefined) return []
  const existing = new Set(row.existing ?? [])
  const today = Math.floor(row.now_ms / DAY_MS)
  const since = Math.max(today - MOST_DAYS_BEHIND, Math.floor((sinceMs ?? row.now_ms) / DAY_MS))
  const first = Math.min(today - DAYS_BEHIND, since)
  const missing: Partition[] = []
  for (let day = first; day <= today + DAYS_AHEAD; day++) {
    for (const table of tablesOfPartitions) {
      const partition = partitionOf(table, day)
      if (!existing.has(partition.name)) missing.push(partition)
    }
  }
  return missing
}

const tablesOfPartitions: readonly PartitionedTable[] = ['callback', 'evidence', 'event', 'request']

/** `callback_20260131`. */
export function partitionOf(table: PartitionedTable, day: number): Partition {
  const date = new Date(day * DAY_MS).toISOString().slice(0, 10).replaceAll('-', '')
  const kind = partitionedTables[table]
  return {
    name: `${table}_${date}`,
    table,
    day,
    from: firstIdAt(kind, day * DAY_MS),
    to: firstIdAt(kind, (day + 1) * DAY_MS),
  }
}

/** Null for a name that is not one of ours. */
export function partitionNamed(name: string): Partition | null {
  const match = /^([a-z]+)_(\d{4})(\d{2})(\d{2})$/.exec(name)
  const table = tablesOfPartitions.find((known) => known === match?.[1])
  if (match === null || table === undefined) return null
  const [, , year, month, date] = match
  const startMs = Date.parse(`${year}-${month}-${date}T00:00:00Z`)
  return Number.isNaN(startMs) ? null : partitionOf(table, startMs / DAY_MS)
}
