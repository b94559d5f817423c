/** Makes the daily partitions of the append-only tables ahead of time. Their key is the id, which begins with its time. */
import { firstIdAt, type IdKind } from '../core/id.ts'
import type { Db, Queryable } from '../db/db.ts'

const partitionedTables: Record<string, IdKind> = {
  callback: 'callback',
  evidence: 'evidence',
  event: 'event',
  request: 'request',
}

const DAY_MS = 86_400_000
// A week ahead: a sweeper that is away over a long weekend, or a writer's clock that runs fast, still finds its place.
const DAYS_AHEAD = 7
// Two days behind: a writer's clock that runs slow.
const DAYS_BEHIND = 2

interface Partition {
  name: string
  table: string
  from: string
  to: string
}

/**
 * Makes what is missing, by the database's clock. One statement when there is nothing to do. Made apart and attached then:
 * a partition made in its place would wait for everybody who reads the table, and intake would wait behind it.
 */
export async function ensurePartitions(db: Db): Promise<string[]> {
  if ((await findMissing(db, db.schema)).length === 0) return []
  return db.tx(async (tx) => {
    // Several processes may sweep at once: one makes them, the others find them made.
    await tx.query(`select pg_advisory_xact_lock(hashtext('becket partitions ' || $1))`, [db.schema])
    const missing = await findMissing(tx, db.schema)
    for (const { name, table, from, to } of missing) {
      await tx.query(`create table becket.${name} (like becket.${table} including defaults including constraints)`)
      await tx.query(
        `alter table becket.${table} attach partition becket.${name} for values from ('${from}') to ('${to}')`,
      )
    }
    return missing.map((partition) => partition.name)
  })
}

async function findMissing(db: Queryable, schema: string): Promise<Partition[]> {
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
  const missing: Partition[] = []
  for (let day = today - DAYS_BEHIND; day <= today + DAYS_AHEAD; day++) {
    for (const [table, kind] of Object.entries(partitionedTables)) {
      const name = partitionName(table, day)
      if (existing.has(name)) continue
      missing.push({ name, table, from: firstIdAt(kind, day * DAY_MS), to: firstIdAt(kind, (day + 1) * DAY_MS) })
    }
  }
  return missing
}

/** `callback_20260131`. */
function partitionName(table: string, day: number): string {
  return `${table}_${new Date(day * DAY_MS).toISOString().slice(0, 10).replaceAll('-', '')}`
}
