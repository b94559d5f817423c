/** What small tables keep of the past: orphans whose callback is gone, findings long resolved, changes long overtaken. */
import type { Queryable } from '../db/db.ts'

export interface LeftoverLimits {
  /** Callbacks with a smaller id are gone. */
  firstCallback: string
  resolvedBeforeMs: number
  /** Changes with a smaller id go, but for the last of each kind. */
  firstChange: string
}

export interface Leftovers {
  orphans: number
  findings: number
  changes: number
}

/** At most `limit` of each. One statement. Relies on orphan_by_callback, finding_resolved and the primary key of change. */
export async function removeLeftovers(db: Queryable, limits: LeftoverLimits, limit: number): Promise<Leftovers> {
  const { rows } = await db.query<Leftovers>(
    `with orphans as (
       delete from becket.orphan where (correlation, callback_id) in (
         select correlation, callback_id from becket.orphan where callback_id < $1 order by callback_id limit $4)
       returning 1
     ), findings as (
       delete from becket.finding where id in (
         select id from becket.finding where resolved_at < to_timestamp($2::float8 / 1000) order by resolved_at limit $4)
       returning 1
     ), changes as (
       delete from becket.change where id in (
         select old.id from becket.change old where old.id < $3 and exists (
           select from becket.change newer where newer.kind = old.kind and newer.subject = old.subject
             and (newer.at, newer.id) > (old.at, old.id))
         order by old.id limit $4)
       returning 1
     )
     select (select count(*)::int from orphans) as orphans, (select count(*)::int from findings) as findings,
       (select count(*)::int from changes) as changes`,
    [limits.firstCallback, limits.resolvedBeforeMs, limits.firstChange, limit],
  )
  return rows[0] ?? { orphans: 0, findings: 0, changes: 0 }
}
