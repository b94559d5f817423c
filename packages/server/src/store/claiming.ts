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

export interface Looked {
  /** When, by the database's clock. */
  nowMs: number
  found: readonly Claim[]
  /** Where the look ended: the lowest rank of what it found, and the latest time there. */
  last: { rank: number; dueMs: number } | null
  /** Until the next row falls due, 0 for one that somebody has locked; null where none does soon, or more may be due now. */
  nextMs: number | null
}

/** One for each claim, and one for the look. */
export type LookedRow = ClaimedRow | LookRow

interface ClaimedRow {
  subject: string
  fence: string
  seq: number
  lapses: number
}

interface LookRow {
  subject: null
  nowMs: number
  nextMs: number | null
  lastRank: number | null
  lastDueMs: number | null
}

/**
 * The parts of a statement that claims and looks for what is next; `looked` holds the answer, for `lookedColumns`: a row for each
 * claim, and one without a subject for what is told of them all. Relies
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
  ), last as materialized (
    select rank, max(due) as due from ready group by rank order by rank limit 1
  ), looked as (
    select claimed.*, null::float8 as now_ms, null::float8 as next_ms, null::int4 as last_rank, null::float8 as last_due_ms
    from claimed
    union all
    select null, null, null, null, date_part('epoch', present.now) * 1000,
      case when (select count(*) from claimed) < (select count(*) from ready) then 0
        else date_part('epoch', next.due - present.now) * 1000 end,
      last.rank, date_part('epoch', last.due) * 1000
    from present cross join next left join last on true
  )`

export const lookedColumns = `looked.subject, looked.fence, looked.seq, looked.lapses, looked.now_ms as "nowMs",
  looked.next_ms as "nextMs", looked.last_rank as "lastRank", looked.last_due_ms as "lastDueMs"`

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
  const claims: Claim[] = []
  let look: LookRow | undefined
  for (const row of rows) {
    if (row.subject === null) {
      look = row
      continue
    }
    const { subject, fence, seq, lapses } = row
    const claim = { lane, subject, fence: String(fence), seq, lapses }
    found(claim, row)
    claims.push(claim)
  }
  if (look === undefined) throw new Error('a look for due wakeups answered nothing at all')
  const { nowMs, nextMs, lastRank, lastDueMs } = look
  const last = lastRank === null || lastDueMs === null ? null : { rank: lastRank, dueMs: lastDueMs }
  return { nowMs, found: claims, last, nextMs: nextMs === null ? null : Math.max(0, nextMs) }
}
