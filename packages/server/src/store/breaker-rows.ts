/** Rows of `breaker`: one dependency's state, as all processes see it. Decides nothing; see `core/breaker.ts`. */
import type { BreakerState, BreakerStateName } from '../core/breaker.ts'
import type { Db, Queryable, Tx } from '../db/db.ts'

/** A state and the moment at which the database gave it, both on the database's clock. */
export interface BreakerReading {
  breaker: BreakerState
  readAtMs: number
}

/** For people: what is open, since when and why. Times are milliseconds since 1970. */
export interface BreakerSummary {
  name: string
  state: BreakerStateName
  failures: number
  /** Times it went from closed to open. */
  openedCount: number
  openedAtMs: number | null
  /** Null while it is closed, and while an operator holds it open. */
  retryAtMs: number | null
  reason: string | null
  updatedAtMs: number
}

interface Row {
  name: string
  state: BreakerStateName
  failures: number
  openedCount: number
  openedAtMs: number | null
  retryAtMs: number | null
  trialUntilMs: number | null
  reason: string | null
  updatedAtMs: number
  readAtMs: number
}

const ms = (time: string) => `floor(extract(epoch from ${time}) * 1000)::bigint`
const COLUMNS = `name, state, failures, opened_count as "openedCount", reason, ${ms('opened_at')} as "openedAtMs",
  ${ms('retry_at')} as "retryAtMs", ${ms('trial_until')} as "trialUntilMs", ${ms('updated_at')} as "updatedAtMs",
  ${ms('clock_timestamp()')} as "readAtMs"`

/** Null: nothing was ever reported of it. */
export async function readBreaker(db: Queryable, name: string): Promise<BreakerReading | null> {
  const { rows } = await db.query<Row>(`select ${COLUMNS} from becket.breaker where name = $1`, [name])
  return rows[0] === undefined ? null : reading(rows[0])
}

export async function listBreakers(db: Queryable): Promise<BreakerSummary[]> {
  const { rows } = await db.query<Row>(`select ${COLUMNS} from becket.breaker order by name`)
  return rows.map(summaryOf)
}

function summaryOf({ trialUntilMs: _trial, readAtMs: _read, ...summary }: Row): BreakerSummary {
  return summary
}

/**
 * Reads the row, lets `decide` say what becomes of it, and writes that, holding the row's lock: of several processes
 * that come at once, each decides over what the one before it wrote.
 */
export function changeBreaker(
  db: Db,
  name: string,
  decide: (breaker: BreakerState, nowMs: number) => BreakerState,
  /** Belongs to the change, and is written with it. */
  also: (tx: Tx) => Promise<void> = async () => {},
): Promise<BreakerReading> {
  return db.tx(async (tx) => {
    await tx.query(
      `insert into becket.breaker (name, state, failures) values ($1, 'closed', 0) on conflict (name) do nothing`,
      [name],
    )
    // The lock comes first, in a statement of its own: the time is read after the wait for it.
    await tx.query('select 1 from becket.breaker where name = $1 for update', [name])
    const before = await readBreaker(tx, name)
    if (before === null) throw new Error(`The row of breaker ${name} was deleted while it was locked`)
    const breaker = decide(before.breaker, before.readAtMs)
    if (breaker === before.breaker) return before
    await tx.query(
      `update becket.breaker set state = $2, failures = $3, opened_count = $4, reason = $5,
         opened_at = to_timestamp($6::float8 / 1000), retry_at = to_timestamp($7::float8 / 1000),
         trial_until = to_timestamp($8::float8 / 1000), updated_at = clock_timestamp()
       where name = $1`,
      [
        name,
        breaker.state,
        breaker.failures,
        breaker.openedCount,
        breaker.reason,
        breaker.state === 'closed' ? null : breaker.openedAtMs,
        breaker.state === 'open' ? breaker.retryAtMs : null,
        breaker.state === 'half-open' ? breaker.trialUntilMs : null,
      ],
    )
    await also(tx)
    return { breaker, readAtMs: before.readAtMs }
  })
}

function reading(row: Row): BreakerReading {
  return { breaker: stateOf(row), readAtMs: row.readAtMs }
}

function stateOf(row: Row): BreakerState {
  const { state, failures, openedCount, reason } = row
  const common = { failures, openedCount, reason }
  // A missing time can only come from a hand in the table: the breaker is then due for a trial, not stuck.
  const openedAtMs = row.openedAtMs ?? row.updatedAtMs
  switch (state) {
    case 'closed':
      return { state, ...common }
    case 'open':
      return { state, ...common, openedAtMs, retryAtMs: row.retryAtMs }
    case 'half-open':
      return { state, ...common, openedAtMs, trialUntilMs: row.trialUntilMs ?? row.readAtMs }
    default:
      return state satisfies never
  }
}
