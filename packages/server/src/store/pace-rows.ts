/** Rows of `pace`: one time each. Decides nothing that `core/pace.ts` does not decide; see there for the algorithm. */
import type { Turn } from '../core/pace-gate.ts'
import type { Queryable } from '../db/db.ts'

/** For people. Times are milliseconds since 1970. */
export interface PaceSummary {
  name: string
  /** Null while it is not paused. */
  pausedUntilMs: number | null
  reason: string | null
}

export interface AskedTurn {
  costMs: number
  allowanceMs: number
  patienceMs: number
}

// The statement's time, since it is the same throughout the statement; who waited for the row waits that much longer.
const NOW = 'statement_timestamp()'
const START = `greatest(${NOW}, p.paused_until)`
const NEXT_TAT = `greatest(p.tat, ${START}) + $2::float8 * interval '1 ms'`
/** When the turn would come. */
const TURN = `greatest(${START}, ${NEXT_TAT} - $3::float8 * interval '1 ms')`
const WAIT_MS = (turn: string) => `greatest(0, ceil(extract(epoch from ${turn} - ${NOW}) * 1000))::float8`

/**
 * One statement: writes only where a turn is given. Who is sent away reads how long, from the row as it was when the
 * statement began: what others took or made at that very moment is not seen there, and then the cost of one request is as
 * good a guess as any. Relies on the primary key.
 */
export async function takeTurnOf(db: Queryable, name: string, asked: AskedTurn): Promise<Turn> {
  const { rows } = await db.query<Turn>(
    `with taken as (
       insert into becket.pace as p (name, tat) values ($1, ${NOW} + $2::float8 * interval '1 ms')
       on conflict (name) do update set tat = ${NEXT_TAT}, updated_at = ${NOW}
         where ${TURN} <= ${NOW} + $4::float8 * interval '1 ms'
       returning p.tat, p.paused_until
     )
     select true as granted,
       ${WAIT_MS(`greatest(${NOW}, p.paused_until, p.tat - $3::float8 * interval '1 ms')`)} as "waitMs" from taken p
     union all
     select false, ${WAIT_MS(TURN)} from becket.pace p where p.name = $1 and not exists (select from taken)`,
    [name, asked.costMs, asked.allowanceMs, asked.patienceMs],
  )
  const turn = rows[0] ?? { granted: false, waitMs: 0 }
  const isStale = !turn.granted && turn.waitMs <= asked.patienceMs
  return isStale ? { granted: false, waitMs: Math.ceil(Math.max(turn.waitMs, asked.costMs)) } : turn
}

/** Zero where it is not paused. */
export async function readPausedMs(db: Queryable, name: string): Promise<number> {
  const { rows } = await db.query<{ pausedMs: number }>(
    `select ${WAIT_MS('p.paused_until')} as "pausedMs" from becket.pace p where p.name = $1 and p.paused_until is not null`,
    [name],
  )
  return rows[0]?.pausedMs ?? 0
}

export async function pausePaceRow(db: Queryable, name: string, ms: number, reason: string): Promise<void> {
  await db.query(
    `insert into becket.pace as p (name, paused_until, reason)
     values ($1, clock_timestamp() + $2::float8 * interval '1 ms', $3)
     on conflict (name) do update set updated_at = clock_timestamp(),
       reason = case when p.paused_until > excluded.paused_until then p.reason else excluded.reason end,
       paused_until = greatest(p.paused_until, excluded.paused_until)`,
    [name, ms, reason],
  )
}

export async function listPaces(db: Queryable): Promise<PaceSummary[]> {
  const { rows } = await db.query<PaceSummary>(
    `select p.name,
       case when p.paused_until > ${NOW} then floor(extract(epoch from p.paused_until) * 1000)::bigint end as "pausedUntilMs",
       case when p.paused_until > ${NOW} then p.reason end as reason
     from becket.pace p order by p.name`,
  )
  return rows
}
