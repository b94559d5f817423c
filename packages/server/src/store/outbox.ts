/**
 * Rows of `outbox`: results on their way to sinks. Written once with the end that they tell of, moved only from pending to
 * delivered or dead; back by hand, see `redelivery.ts`. When a queue is drained is its wakeup's business; see `engine/deliverer.ts`.
 */
import type { DeliveryState, Result, ResultType } from '@becket/client/contract'
import type { DeliveryError, DeliveryMove } from '../core/delivery.ts'
import type { ResultDraft } from '../core/result.ts'
import type { Queryable, Tx } from '../db/db.ts'
import { toJsonb } from '../db/json.ts'
import { ms } from './milliseconds.ts'
import { newId } from './new-id.ts'

/** Times are milliseconds since 1970 by the database's clock; `nowMs` is that clock at the time of the read. */
export interface DeliveryRow {
  id: string
  sink: string
  queue: string
  subject: string
  type: ResultType
  state: DeliveryState
  attempts: number
  dueAtMs: number
  createdAtMs: number
  endedAtMs: number | null
  memory: Record<string, unknown> | null
  receipt: Record<string, unknown> | null
  error: DeliveryError | null
  nowMs: number
}

export type DeliveryWithResult = DeliveryRow & { result: Result }

export interface NewDelivery {
  sink: string
  queue: string
  ordering: string
  key: string
  draft: ResultDraft
}

const columns = `o.id, o.sink, o.queue, o.subject, o.type, o.state, o.attempts, ${ms('o.due_at')} as "dueAtMs",
  ${ms('o.created_at')} as "createdAtMs", ${ms('o.ended_at')} as "endedAtMs", o.memory, o.receipt, o.error,
  ${ms('clock_timestamp()')} as "nowMs"`

/** What is there already under its key stays as it is. */
export async function insertDeliveries(tx: Tx, deliveries: readonly NewDelivery[]): Promise<void> {
  const column = <Value>(value: (delivery: NewDelivery) => Value) => deliveries.map(value)
  await tx.query(
    `insert into becket.outbox (id, sink, queue, ordering, key, subject, type, result, state)
     select id, sink, queue, ordering, key, subject, type, result, 'pending'
     from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bytea[])
       as fresh (id, sink, queue, ordering, key, subject, type, result)
     on conflict (sink, key) do nothing`,
    [
      column(() => newId('delivery')),
      column((delivery) => delivery.sink),
      column((delivery) => delivery.queue),
      column((delivery) => delivery.ordering),
      column((delivery) => delivery.key),
      column((delivery) => delivery.draft.id),
      column((delivery) => delivery.draft.type),
      column((delivery) => Buffer.from(JSON.stringify(delivery.draft))),
    ],
  )
}

/** Of what has the same ordering key, only the oldest may go. Relies on outbox_order. */
const isFirst = `not exists (
  select 1 from becket.outbox e
  where e.sink = o.sink and e.queue = o.queue and e.ordering = o.ordering and e.state = 'pending'
    and (e.created_at, e.id) < (o.created_at, o.id))`

/** The next of a queue, oldest first, never two with the same ordering key. Relies on outbox_due. */
export async function readDueDeliveries(
  db: Queryable,
  sink: string,
  queue: string,
  limit: number,
): Promise<DeliveryWithResult[]> {
  const { rows } = await db.query<DeliveryRow & { result: Buffer }>(
    `select ${columns}, o.result from becket.outbox o
     where o.sink = $1 and o.queue = $2 and o.state = 'pending' and o.due_at <= clock_timestamp() and ${isFirst}
     order by o.due_at, o.id limit $3`,
    [sink, queue, limit],
  )
  return rows.map(withResult)
}

/** Milliseconds until the queue has something to do, 0 for now; null where nothing is pending. Relies on outbox_due. */
export async function readNextDelivery(db: Queryable, sink: string, queue: string): Promise<number | null> {
  const { rows } = await db.query<{ inMs: number }>(
    `select (extract(epoch from o.due_at - clock_timestamp()) * 1000)::float8 as "inMs" from becket.outbox o
     where o.sink = $1 and o.queue = $2 and o.state = 'pending' and ${isFirst}
     order by o.due_at limit 1`,
    [sink, queue],
  )
  const next = rows[0]
  return next === undefined ? null : Math.max(0, next.inMs)
}

/** Writes what became of several, in one statement. What is not pending any more stays as it is. Answers those written. */
export async function moveDeliveries(
  tx: Tx,
  moves: readonly { id: string; move: DeliveryMove }[],
): Promise<ReadonlySet<string>> {
  const column = <Value>(value: (move: DeliveryMove) => Value) => moves.map(({ move }) => value(move))
  const { rows } = await tx.query<{ id: string }>(
    `update becket.outbox o set
       state = made.state,
       attempts = made.attempts,
       due_at = clock_timestamp() + made.due_in * interval '1 ms',
       memory = coalesce(made.memory, o.memory),
       receipt = made.receipt,
       error = made.error,
       ended_at = case when made.state = 'pending' then null else clock_timestamp() end
     from unnest($1::text[], $2::text[], $3::int[], $4::float8[], $5::jsonb[], $6::jsonb[], $7::jsonb[])
       as made (id, state, attempts, due_in, memory, receipt, error)
     where o.id = made.id and o.state = 'pending'
     returning o.id`,
    [
      moves.map(({ id }) => id),
      column((move) => move.state),
      column((move) => move.attempts),
      column((move) => (move.state === 'pending' ? move.dueInMs : 0)),
      column((move) => (move.state === 'pending' && move.memory !== null ? toJsonb(move.memory) : null)),
      column((move) => (move.state === 'delivered' && move.receipt !== null ? toJsonb(move.receipt) : null)),
      column((move) => (move.state === 'delivered' ? null : toJsonb(move.error))),
    ],
  )
  return new Set(rows.map(({ id }) => id))
}

export async function readDelivery(db: Queryable, id: string): Promise<DeliveryWithResult | null> {
  const { rows } = await db.query<DeliveryRow & { result: Buffer }>(
    `select ${columns}, o.result from becket.outbox o where o.id = $1`,
    [id],
  )
  return rows[0] === undefined ? null : withResult(rows[0])
}

export interface DeliveryFilter {
  sink: string | null
  states: readonly DeliveryState[] | null
  subject: string | null
  before: string | null
  limit: number
}

/** Newest first. Relies on the primary key, outbox_by_sink or outbox_by_subject. */
export async function listDeliveries(db: Queryable, filter: DeliveryFilter): Promise<DeliveryRow[]> {
  const { rows } = await db.query<DeliveryRow>(
    `select ${columns} from becket.outbox o
     where ($1::text is null or o.sink = $1) and ($2::text[] is null or o.state = any($2))
       and ($3::text is null or o.subject = $3) and ($4::text is null or o.id < $4)
     order by o.id desc limit $5`,
    [filter.sink, filter.states, filter.subject, filter.before, filter.limit],
  )
  return rows
}

export interface SinkStanding {
  sink: string
  pending: number
  dead: number
  oldestPendingMs: number | null
}

/** What is still to go and what was given up, by sink. Relies on outbox_unfinished: what was delivered is not read. */
export async function readSinkStandings(db: Queryable): Promise<Map<string, SinkStanding>> {
  const { rows } = await db.query<SinkStanding>(
    `select sink, (count(*) filter (where state = 'pending'))::int as pending,
       (count(*) filter (where state = 'dead'))::int as dead,
       ${ms("min(created_at) filter (where state = 'pending')")} as "oldestPendingMs"
     from becket.outbox where state <> 'delivered' group by sink`,
  )
  return new Map(rows.map((row) => [row.sink, row]))
}

function withResult({ result, ...row }: DeliveryRow & { result: Buffer }): DeliveryWithResult {
  const draft: ResultDraft = JSON.parse(result.toString('utf8'))
  return { ...row, result: { ...draft, endedAt: new Date(row.createdAtMs).toISOString() } }
}
