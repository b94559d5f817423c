/** The callbacks that no adapter could read, to be read again. Reads none of them and moves none. */
import type { Queryable } from '../db/db.ts'

export interface QuarantineFilter {
  source: string | null
  ids: readonly string[] | null
}

export interface QuarantinedRow {
  id: string
  source: string
  adapter: string | null
}

/** Oldest first, from behind `after`. Relies on callback_by_fate. */
export async function listQuarantined(
  db: Queryable,
  { source, ids, after, limit }: QuarantineFilter & { after: string | null; limit: number },
): Promise<QuarantinedRow[]> {
  const { rows } = await db.query<QuarantinedRow>(
    `select id, source, adapter from becket.callback
     where fate = 'quarantined' and ($1::text is null or source = $1) and ($2::text[] is null or id = any($2))
       and ($3::text is null or id > $3)
     order by id limit $4`,
    [source, ids, after, limit],
  )
  return rows
}
