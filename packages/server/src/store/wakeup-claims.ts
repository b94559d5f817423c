/** Takes due wakeups into this process's hand. What the statement does, and what it relies on, is in `claiming.ts`. */
import type { Db, Queryable } from '../db/db.ts'
import { claiming, claimValues, type Look, type Looked, type LookedRow, lookedColumns, lookedIn } from './claiming.ts'
import type { Claim, Lane } from './wakeups.ts'

/** Claims up to `limit` due rows, later stages first, and finds the next one, in one statement. */
export async function claimWakeups(db: Queryable, look: Look): Promise<Looked> {
  const { rows } = await db.query<LookedRow>(`with ${claiming} select ${lookedColumns} from looked`, claimValues(look))
  return lookedIn(look.lane, rows)
}

/**
 * The ranks that rows of the lane have, the highest first. Relies on the index wakeup_due, one look for each rank; it serves
 * only who names a time.
 */
export async function readRanks(db: Queryable, lane: Lane): Promise<number[]> {
  const { rows } = await db.query<{ rank: number }>(
    `with recursive ranks as (
       (select rank from becket.wakeup where lane = $1 and due >= '-infinity' order by rank desc limit 1)
       union all
       select (select w.rank from becket.wakeup w where w.lane = $1 and w.rank < ranks.rank and w.due >= '-infinity'
          order by w.rank desc limit 1)
       from ranks where ranks.rank is not null
     )
     select rank from ranks where rank is not null order by rank desc`,
    [lane],
  )
  return rows.map(({ rank }) => rank)
}

/** Claims up to `limit` due rows, whatever their rank and however long they have been due. */
export async function claimDueWakeups(
  db: Db,
  lane: Lane,
  limit: number,
  owner: string,
  claim: (db: Queryable, look: Look) => Promise<Looked> = claimWakeups,
): Promise<Claim[]> {
  const ranks = (await readRanks(db, lane)).map((rank) => ({ rank, sinceMs: null }))
  const { found } = await claim(db, { lane, ranks, limit, owner, aheadMs: 0 })
  return [...found]
}
