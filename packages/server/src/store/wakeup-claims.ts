/**
 * Takes due wakeups into this process's hand, and says when the next one falls due. Each rank is looked through from its
 * own lower bound: below it lie only the dead entries of what was done, which a pinned snapshot keeps vacuum from
 * removing. Does not choose the bounds; see `engine/watermark.ts`.
 */
import { float8Array, int4Array } from '../db/binary-array.ts'
import type { Db, Queryable } from '../db/db.ts'
import { type Claim, type Lane, LEASE_MS, ONE_MORE_LAPSE } from './wakeups.ts'

export interface RankReach {
  rank: number
  /** By the database's clock, since 1970; null: from the beginning. */
  sinceMs: number | null
}

export interface Look {
  lane: Lane
  /** The highest first: what is looked through, and from when on. */
  ranks: readonly RankReach[]
  limit: number
  owner: string
  /** How far ahead the next row matters. */
  aheadMs: number
}

/** A claim, with where it lay. */
export interface FoundClaim {
  claim: Claim
  rank: number
  dueMs: number
}

export interface Looked {
  /** When, by the database's clock. */
  nowMs: number
  found: readonly FoundClaim[]
  /** Until the next row falls due, 0 for one that somebody has locked; null where none does soon, or more may be due now. */
  nextMs: number | null
}

interface LookedRow {
  nowMs: number
  nextMs: number | null
  subject: string | null
  fence: string
  seq: number
  lapses: number
  rank: number
  dueMs: number
}

/**
 * Claims up to `limit` due rows, later stages first, and finds the next one, in one statement. Relies on the index
 * wakeup_due, of which it reads, in each rank, what lies between the bound and now: the time is asked for once, because
 * a function that may answer anew for every row cannot bound an index. The rows are chosen once: inlined, a plan that
 * asks again for each row of the join would claim more than there is room for. They are taken by a list of their subjects:
 * for a join, the planner reads the whole table.
 */
export async function claimWakeups(db: Queryable, { lane, ranks, limit, owner, aheadMs }: Look): Promise<Looked> {
  const { rows } = await db.query<LookedRow>(
    `with present as materialized (select clock_timestamp() as now),
     ranks as materialized (
       select rank, coalesce(to_timestamp(since_ms / 1000), '-infinity') as since
       from unnest($2::int4[], $3::float8[]) as asked (rank, since_ms)
     ), ready as materialized (
       select first.subject, ranks.rank, first.due
       from ranks, lateral (
         select w.subject, w.due from becket.wakeup w
         where w.lane = $1 and w.rank = ranks.rank and w.due >= ranks.since and w.due <= (select now from present)
         order by w.due
         limit $4
         for update skip locked
       ) as first
       limit $4
     ), claimed as (
       update becket.wakeup w set
         fence = nextval('becket.fence'),
         owner = $5,
         due = clock_timestamp() + ${LEASE_MS} * interval '1 ms',
         lapses = case when w.owner is null then w.lapses else ${ONE_MORE_LAPSE} end
       where w.lane = $1 and w.subject = any (array(select subject from ready))
       returning w.subject, w.fence, w.seq, w.lapses
     ), next as materialized (
       select min(first.due) as due
       from ranks, lateral (
         select w.due from becket.wakeup w
         where (select count(*) from ready) < $4
           and w.lane = $1 and w.rank = ranks.rank and w.due >= ranks.since
           and w.due < (select now + $6::float8 * interval '1 ms' from present)
           and w.subject not in (select subject from ready)
         order by w.due
         limit 1
       ) as first
     )
     select extract(epoch from present.now)::float8 * 1000 as "nowMs",
       extract(epoch from next.due - present.now)::float8 * 1000 as "nextMs",
       claimed.subject, claimed.fence, claimed.seq, claimed.lapses, ready.rank,
       extract(epoch from ready.due)::float8 * 1000 as "dueMs"
     from present cross join next left join (claimed join ready on ready.subject = claimed.subject) on true`,
    [
      lane,
      int4Array(ranks.map(({ rank }) => rank)),
      float8Array(ranks.map(({ sinceMs }) => sinceMs)),
      limit,
      owner,
      aheadMs,
    ],
  )
  const [first] = rows
  if (first === undefined) throw new Error('a look for due wakeups answered nothing at all')
  const found = rows.flatMap(({ subject, fence, seq, lapses, rank, dueMs }) =>
    subject === null ? [] : [{ claim: { lane, subject, fence: String(fence), seq, lapses }, rank, dueMs }],
  )
  return { nowMs: first.nowMs, found, nextMs: first.nextMs === null ? null : Math.max(0, first.nextMs) }
}

/** The ranks that rows of the lane have, the highest first. Relies on the index wakeup_due: one look for each rank. */
export async function readRanks(db: Queryable, lane: Lane): Promise<number[]> {
  const { rows } = await db.query<{ rank: number }>(
    `with recursive ranks as (
       (select rank from becket.wakeup where lane = $1 order by rank desc limit 1)
       union all
       select (select w.rank from becket.wakeup w where w.lane = $1 and w.rank < ranks.rank order by w.rank desc limit 1)
       from ranks where ranks.rank is not null
     )
     select rank from ranks where rank is not null order by rank desc`,
    [lane],
  )
  return rows.map(({ rank }) => rank)
}

/** Claims up to `limit` due rows, whatever their rank and however long they have been due. */
export async function claimDueWakeups(db: Db, lane: Lane, limit: number, owner: string): Promise<Claim[]> {
  const ranks = (await readRanks(db, lane)).map((rank) => ({ rank, sinceMs: null }))
  const { found } = await claimWakeups(db, { lane, ranks, limit, owner, aheadMs: 0 })
  return found.map(({ claim }) => claim)
}
