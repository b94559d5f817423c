/** Rows of `duty`: what one process does for all of them now and then, when it is due again, and how it went at last. */
import type { Queryable } from '../db/db.ts'
import { toJsonb } from '../db/json.ts'

/**
 * True for one of all that ask, once in every `everyMs`. Whoever has its turn need not come to an end: the next turn comes
 * all the same.
 */
export async function takeTurn(db: Queryable, name: string, everyMs: number): Promise<boolean> {
  const { count } = await db.query(
    `insert into becket.duty as d (name, due) values ($1, clock_timestamp() + $2 * interval '1 ms')
     on conflict (name) do update set due = excluded.due where d.due <= clock_timestamp()`,
    [name, everyMs],
  )
  return count === 1
}

/** Milliseconds until the turn comes, 0 for now; null where nobody ever took one. */
export async function untilTurn(db: Queryable, name: string): Promise<number | null> {
  const { rows } = await db.query<{ inMs: number }>(
    `select greatest(0, extract(epoch from due - clock_timestamp()) * 1000)::float8 as "inMs"
     from becket.duty where name = $1`,
    [name],
  )
  return rows[0]?.inMs ?? null
}

export interface DutyResult {
  succeeded: boolean
  tookMs: number
  detail: Record<string, unknown>
}

export async function recordDuty(db: Queryable, name: string, result: DutyResult): Promise<void> {
  await db.query(
    `insert into becket.duty as d (name, ended_at, succeeded, took_ms, detail)
     values ($1, clock_timestamp(), $2, $3, $4)
     on conflict (name) do update set ended_at = excluded.ended_at, succeeded = excluded.succeeded,
       took_ms = excluded.took_ms, detail = excluded.detail`,
    [name, result.succeeded, Math.round(result.tookMs), toJsonb(result.detail)],
  )
}

export interface DutyRow {
  succeeded: boolean
  tookMs: number
  endedAt: Date
}

/** Null as long as it never came to an end. */
export async function readDuty(db: Queryable, name: string): Promise<DutyRow | null> {
  const { rows } = await db.query<DutyRow>(
    `select succeeded, took_ms as "tookMs", ended_at as "endedAt" from becket.duty
     where name = $1 and ended_at is not null`,
    [name],
  )
  return rows[0] ?? null
}

/** Makes a first turn, where there is none yet. */
export async function ensureTurn(db: Queryable, name: string, afterMs: number): Promise<void> {
  await db.query(
    `insert into becket.duty (name, due) values ($1, clock_timestamp() + $2 * interval '1 ms')
     on conflict (name) do nothing`,
    [name, afterMs],
  )
}
