/** How forgetting goes: the last round as its process wrote it down, and how much was removed since ever. */
import type { Queryable } from '../db/db.ts'

export interface RetentionStanding {
  /** Null: no round ever came to its end. */
  endedAt: Date | null
  succeeded: boolean | null
  /** What the last round said of itself. */
  detail: unknown
  removed: Record<string, number>
}

/** One statement, on two small tables. */
export async function readRetention(db: Queryable): Promise<RetentionStanding> {
  const { rows } = await db.query<RetentionStanding>(
    `select (select ended_at from becket.duty where name = 'retention') as "endedAt",
       (select succeeded from becket.duty where name = 'retention') as succeeded,
       (select detail from becket.duty where name = 'retention') as detail,
       (select coalesce(jsonb_object_agg(name, removed order by name), '{}') from becket.retention where removed > 0) as removed`,
  )
  return rows[0] ?? { endedAt: null, succeeded: null, detail: null, removed: {} }
}
