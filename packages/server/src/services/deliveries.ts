/** What operators do with results on their way: look, and deliver again by hand what was given up. */
import type {
  Delivery,
  DeliveryQuery,
  DeliverySummary,
  Page,
  Redeliver,
  RedeliverAll,
  Redelivered,
  Sink as ShownSink,
} from '@becket/client/contract'
import { AppError } from '../core/error.ts'
import { isId } from '../core/id.ts'
import type { Db, Tx } from '../db/db.ts'
import { queueSubject } from '../moves/deliveries.ts'
import type { Sinks } from '../sinks/sinks.ts'
import { appendEvents } from '../store/events.ts'
import { type Room, transact } from '../store/handover.ts'
import { type DeliveryRow, listDeliveries, readDelivery, readSinkStandings } from '../store/outbox.ts'
import { type Requeued, readNewer, readRedeliverable, requeueDead, requeueDelivery } from '../store/redelivery.ts'
import { type Taker, wake } from '../store/wakeups.ts'
import { pageOf, time, timeOrNull } from './paging.ts'
import { byOf, type Principal } from './principal.ts'

// In one transaction at most: each wakes its queue.
const BATCH = 200

export function createDeliveryService({ db, room, sinks }: { db: Db; room: Room; sinks: Sinks }) {
  async function list(query: DeliveryQuery): Promise<Page<DeliverySummary>> {
    const rows = await listDeliveries(db, {
      sink: query.sink ?? null,
      states: query.state ?? null,
      subject: query.subject ?? null,
      before: query.cursor ?? null,
      limit: query.limit,
    })
    return pageOf(rows, query.limit, summaryOf)
  }

  async function get(id: string): Promise<Delivery | null> {
    const row = await readDelivery(db, id)
    return row === null ? null : { ...summaryOf(row), result: row.result }
  }

  async function redeliver(id: string, { reason }: Redeliver, by: Principal): Promise<Delivery | null> {
    const row = await readDelivery(db, id)
    if (row === null) return null
    requireSink(row.sink)
    await transact(db, room, async (tx, taker) => {
      await wakeQueues(tx, taker, row.sink, [row.queue])
      const newer = await readNewer(tx, id)
      if (newer !== null) {
        const hint = `Deliver the newest one again: becket deliveries redeliver ${newer.id}`
        const than = `${newer.id}, which tells of ${newer.subject}`
        throw new AppError('STATE_CONFLICT', `Delivery ${id} tells of an older end of ${row.subject} than ${than}`, {
          hint,
        })
      }
      const requeued = await requeueDelivery(tx, id)
      if (requeued === null) {
        throw new AppError('STATE_CONFLICT', `Delivery ${id} is pending: it is on its way`)
      }
      await noteAsked(tx, row.sink, [requeued], reason, by)
    })
    return get(id)
  }

  async function redeliverAll({ sink, reason }: RedeliverAll, by: Principal): Promise<Redelivered> {
    requireSink(sink)
    for (let deliveries = 0; ; ) {
      const found = await transact(db, room, async (tx, taker) => {
        const dead = await readRedeliverable(tx, sink, BATCH)
        await wakeQueues(
          tx,
          taker,
          sink,
          dead.map(({ queue }) => queue),
        )
        const requeued = await requeueDead(
          tx,
          dead.map(({ id }) => id),
        )
        await noteAsked(tx, sink, requeued, reason, by)
        deliveries += requeued.length
        return dead.length
      })
      if (found < BATCH) return { deliveries }
    }
  }

  /**
   * First of all, since each is a lock: whoever writes a newer end waits for us, or has written it when we look. Sorted,
   * so that nobody waits in a circle.
   */
  async function wakeQueues(tx: Tx, taker: Taker, sink: string, queues: readonly string[]): Promise<void> {
    for (const queue of [...new Set(queues)].sort()) {
      await wake(tx, { lane: 'outbox', subject: queueSubject({ sink, queue }), rank: 0, afterMs: 0 }, taker)
    }
  }

  async function noteAsked(
    tx: Tx,
    sink: string,
    requeued: readonly Requeued[],
    reason: string,
    by: Principal,
  ): Promise<void> {
    await appendEvents(
      tx,
      requeued.map(({ id, subject }) => ({
        subject,
        jobId: isId('job', subject) ? subject : null,
        type: 'delivery.redeliver-asked',
        data: { delivery: id, sink, reason, ...byOf(by) },
      })),
    )
  }

  function requireSink(name: string): void {
    if (sinks.has(name)) return
    const known = [...sinks.keys()].join(', ') || 'none'
    throw new AppError('SINK_UNKNOWN', `No sink ${name} is configured; there are ${known}`)
  }

  async function listSinks(): Promise<ShownSink[]> {
    const standings = await readSinkStandings(db)
    return [...sinks.values()].map((sink) => {
      const standing = standings.get(sink.id)
      return {
        id: sink.id,
        kind: sink.kind,
        enabled: sink.enabled,
        destination: sink.destination,
        pending: standing?.pending ?? 0,
        dead: standing?.dead ?? 0,
        oldestPendingAt: timeOrNull(standing?.oldestPendingMs ?? null),
      }
    })
  }

  return { list, get, redeliver, redeliverAll, sinks: listSinks }
}

function summaryOf(row: DeliveryRow): DeliverySummary {
  return {
    id: row.id,
    sink: row.sink,
    subject: row.subject,
    type: row.type,
    state: row.state,
    attempts: row.attempts,
    dueAt: row.state === 'pending' ? time(row.dueAtMs) : null,
    createdAt: time(row.createdAtMs),
    endedAt: timeOrNull(row.endedAtMs),
    error: row.error,
    receipt: row.receipt,
  }
}
