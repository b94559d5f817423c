/**
 * Rows of `outbox` that go again by hand. Only the newest of what has the same ordering key may: an older one would undo
 * it. Whoever asks holds the queue's wakeup first, as whoever writes a newer end does. Decides nothing; see
 * `services/deliveries.ts`.
 */
import type { Queryable, Tx } from '../db/db.ts'

export interface Requeued {
  id: string
  queue: string
  subject: string
}

/**
 * A newer end of the same work, on its way to the same sink or there. Each attempt at a call is a subject of its own.
 * Relies on outbox_by_subject, and on the keys of expectation.
 */
const NEWER = `newer.sink = o.sink and newer.ordering = o.ordering and (newer.created_at, newer.id) > (o.created_at, o.id)
  and newer.subject in (
    select o.subject
    union
    select other.id from becket.expectation one join becket.expectation other on other.key_hash = one.key_hash
    where one.id = o.subject)`

const DUE_AGAIN = `state = 'pending', attempts = 0, due_at = clock_timestamp(), memory = null, ended_at = null`

export interface Overtaking {
  id: string
  subject: string
}

/** What has overtaken a delivery: the newest of it. */
export async function readNewer(db: Queryable, id: string): Promise<Overtaking | null> {
  const { rows } = await db.query<Overtaking>(
    `select newer.id, newer.subject from becket.outbox o join becket.outbox newer on ${NEWER}
     where o.id = $1 order by newer.created_at desc, newer.id desc limit 1`,
    [id],
  )
  return rows[0] ?? null
}

/** Due again, as if it had never been tried. */
export async function requeueDelivery(tx: Tx, id: string): Promise<Requeued | null> {
  const { rows } = await tx.query<Requeued>(
    `update becket.outbox set ${DUE_AGAIN} where id = $1 and state <> 'pending' returning id, queue, subject`,
    [id],
  )
  return rows[0] ?? null
}

/** The oldest dead of a sink, at most `limit`, without those that a newer end has overtaken. Relies on outbox_unfinished. */
export async function readRedeliverable(
  db: Queryable,
  sink: string,
  limit: number,
): Promise<{ id: string; queue: string }[]> {
  const { rows } = await db.query<{ id: string; queue: string }>(
    `select o.id, o.queue from becket.outbox o
     where o.sink = $1 and o.state = 'dead' and not exists (select from becket.outbox newer where ${NEWER})
     order by o.created_at limit $2`,
    [sink, limit],
  )
  return rows
}

/** Of these, what is still dead and the newest. */
export async function requeueDead(tx: Tx, ids: readonly string[]): Promise<Requeued[]> {
  const { rows } = await tx.query<Requeued>(
    `update becket.outbox o set ${DUE_AGAIN}
     where o.id = any($1) and o.state = 'dead' and not exists (select from becket.outbox newer where ${NEWER})
     returning o.id, o.queue, o.subject`,
    [ids],
  )
  return rows
}
