/** How the installation stands right now: what is due, and how many are open. Reads no history. */
import type { Queryable } from '../db/db.ts'

export interface LaneStanding {
  lane: string
  due: number
  oldestDueMs: number | null
}

/** Due and held by nobody, by lane. Relies on wakeup_due; the table holds only what is open. */
export async function readLanes(db: Queryable): Promise<LaneStanding[]> {
  const { rows } = await db.query<LaneStanding>(
    `select lane, count(*)::int as due,
       (extract(epoch from clock_timestamp() - min(due)) * 1000)::float8 as "oldestDueMs"
     from becket.wakeup where due <= clock_timestamp() and owner is null group by lane`,
  )
  return rows
}

export interface OpenCounts {
  expectations: Record<string, number>
  jobs: Record<string, number>
  callbacks: Record<string, number>
}

/** What is open or wants somebody's attention; what is done and matched is not counted. Relies on the partial indexes. */
export async function countOpen(db: Queryable): Promise<OpenCounts> {
  const { rows } = await db.query<{ kind: keyof OpenCounts; state: string; count: number }>(
    `select 'expectations' as kind, state, count(*)::int from becket.expectation
       where state in ('registered', 'submitting', 'waiting', 'unconfirmed') group by state
     union all
     select 'jobs', case state when 'waiting' then 'working' else state end, count(*)::int
       from becket.job where state not in ('done', 'cancelled') group by 2
     union all
     select 'callbacks', fate, count(*)::int from becket.callback where fate in ('received', 'orphan', 'quarantined')
       group by fate`,
  )
  const counts: OpenCounts = { expectations: {}, jobs: {}, callbacks: {} }
  for (const { kind, state, count } of rows) counts[kind][state] = count
  return counts
}
