/**
 * The statement that takes due wakeups into this process's hand and says when the next one falls due: its parts, for who
 * reads more along with them. Each rank is looked through from its own lower bound: below it lie only the dead entries of
 * what was done, which a pinned snapshot keeps vacuum from removing. Does not choose the bounds; see `engine/watermark.ts`.
 */
import { float8Array, int4Array } from '../db/binary-array.ts'
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

export interface LookedRow {
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
 * The parts of a statement that claims and looks for what is next; `looked` holds the answer, for `lookedColumns`. Relies
 * on the index wakeup_due, of which it reads, in each rank, what lies between the bound and now: the time is asked for
 * once, because a function that may answer anew for every row cannot bound an index. The rows are chosen once: inlined, a
 * plan that asks again for each row of the join would claim more than there is room for. They are taken by where they lie:
 * what somebody changed between the look and its lock lies elsewhere, and is left for the next look, so that whatever else
 * the statement reads belongs to what it claims.
 */
export const claiming = `present as materialized (select clock_timestamp() as now),
  ranks as materialized (
    select rank, coalesce(to_timestamp(since_ms / 1000), '-infinity') as since
    from unnest($2::int4[], $3::float8[]) as asked (rank, since_ms)
  ), ready as materialized (
    select first.place, first.subject, ranks.rank, first.due
    from ranks, lateral (
      select w.ctid as place, w.subject, w.due from becket.wakeup w
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
    where w.ctid = any (array(select place from ready))
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
  ), looked as (
    select present.now, claimed.*, ready.rank, ready.due,
      case when (select count(*) from claimed) < (select count(*) from ready) then present.now else next.due end as next
    from present cross join next left join (claimed join ready on ready.subject = claimed.subject) on true
  )`

export const lookedColumns = `extract(epoch from looked.now)::float8 * 1000 as "nowMs",
  extract(epoch from looked.next - looked.now)::float8 * 1000 as "nextMs",
  looked.subject, looked.fence, looked.seq, looked.lapses, looked.rank, extract(epoch from looked.due)::float8 * 1000 as "dueMs"`

/** For the parameters of `claiming`. */
export function claimValues({ lane, ranks, limit, owner, aheadMs }: Look): unknown[] {
  return [
    lane,
    int4Array(ranks.map(({ rank }) => rank)),
    float8Array(ranks.map(({ sinceMs }) => sinceMs)),
    limit,
    owner,
    aheadMs,
  ]
}

/** `found`: told of each claim, with the row that it came in. */
export function lookedIn<Row extends LookedRow>(
  lane: Lane,
  rows: readonly Row[],
  found: (claim: Claim, row: Row) => void = () => {},
): Looked {
  const [first] = rows
  if (first === undefined) throw new Error('a look for due wakeups answered nothing at all')
  const claims: FoundClaim[] = []
  for (const row of rows) {
    const { subject, fence, seq, lapses, rank, dueMs } = row
    if (subject === null) continue
    const claim = { lane, subject, fence: String(fence), seq, lapses }
    found(claim, row)
    claims.push({ claim, rank, dueMs })
  }
  return { nowMs: first.nowMs, found: claims, nextMs: first.nextMs === null ? null : Math.max(0, first.nextMs) }
}
