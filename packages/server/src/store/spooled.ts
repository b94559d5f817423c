/** Which of the callbacks that waited outside the database are in it already: one that was slow, or a spool read twice. */
import type { Queryable } from '../db/db.ts'

/**
 * Relies on the primary key of `callback`: who looks here and finds nothing may write, since a second row of the same id
 * is refused by it, whoever else writes meanwhile.
 */
export async function findStored(db: Queryable, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const { rows } = await db.query<{ id: string }>('select id from becket.callback where id = any($1)', [ids])
  return new Set(rows.map(({ id }) => id))
}
