/**
 * Makes sure that nothing waits without a wakeup, and that there is room for tomorrow's rows. What it finds should not
 * exist: each find is mended, counted and logged as the sign of a fault. Several processes may sweep at once.
 */
import { openStates } from '../core/expectation.ts'
import type { Db } from '../db/db.ts'
import { rematch } from '../moves/rematch.ts'
import { useRoom } from '../moves/room.ts'
import type { Log } from '../observe/log.ts'
import { roomOf, type Sources } from '../providers/sources.ts'
import { type Room, transact } from '../store/handover.ts'
import { countHeldBack } from '../store/held-back.ts'
import { forgetInstances } from '../store/instances.ts'
import { findRejoinable, takeOrphansOf } from '../store/orphans.ts'
import { ensurePartitions } from '../store/partitions.ts'
import { wakeEach } from '../store/wakeup-signals.ts'
import type { Lane } from '../store/wakeups.ts'
import { createLoop, type Service } from './loop.ts'

// 30 s: what was lost by a fault of ours is found within a minute, at the cost of three index scans.
const EVERY_MS = 30_000
const BATCH = 500
// 5,000: some ten milliseconds. A million that wait are gone through in two hours, and few in one round.
const SLICE = 5_000

export interface Swept {
  expectations: number
  jobs: number
  callbacks: number
  deliveries: number
  orphans: number
}

export interface SweeperOptions {
  db: Db
  room: Room
  sources: Sources
  /** How many open expectations are looked at in one round. */
  slice?: number
  log: Log
}

export function createSweeper({ db, room, sources, slice = SLICE, log }: SweeperOptions): Service & {
  sweep(): Promise<Swept>
} {
  let looked: { deadline: string; id: string } | undefined

  async function sweep(): Promise<Swept> {
    const made = await ensurePartitions(db)
    if (made.length > 0) log.info({ partitions: made.length }, 'partitions made')
    const swept: Swept = {
      expectations: await rouseExpectations(),
      jobs: await rouse('job', openJobsWithoutWakeup, [openStates, BATCH]),
      callbacks: await rouse('callback', unreadCallbacksWithoutWakeup, [BATCH]),
      deliveries: await rouse('outbox', queuesWithoutWakeup, [BATCH]),
      orphans: await rejoinOrphans(),
    }
    if (Object.values(swept).some((count) => count > 0)) {
      log.error(swept, 'something waited without a wakeup; it was woken. This is a fault of Becket: please report it')
    }
    const roused = await useLostRoom()
    if (roused > 0) log.info({ jobs: roused }, 'jobs that were held back were woken: there is room for them')
    await forgetInstances(db)
    return swept
  }

  /** A slice of the open ones at a time, so that a round costs the same however many wait; from the first again at the end. */
  async function rouseExpectations(): Promise<number> {
    const { rows } = await db.query<{ deadline: string; id: string; isLost: boolean }>(openExpectations, [
      looked?.deadline ?? '-infinity',
      looked?.id ?? '',
      slice,
    ])
    const last = rows.at(-1)
    looked = rows.length < slice ? undefined : last
    const lost = rows.filter((row) => row.isLost).map((row) => row.id)
    await rouseAll('expectation', lost.slice(0, BATCH))
    return lost.length
  }

  async function rouse(lane: Lane, query: string, values: unknown[]): Promise<number> {
    const { rows } = await db.query<{ id: string }>(query, values)
    await rouseAll(
      lane,
      rows.map((row) => row.id),
    )
    return rows.length
  }

  async function rouseAll(lane: Lane, ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return
    await transact(db, room, (tx, taker) => wakeEach(tx, lane, ids, taker))
  }

  async function rejoinOrphans(): Promise<number> {
    const ids = await findRejoinable(db, BATCH)
    if (ids.length === 0) return 0
    await transact(db, room, async (tx, taker) => {
      await takeOrphansOf(tx, ids)
      await rematch(tx, taker, ids)
    })
    return ids.length
  }

  /** Room that nobody passed on: its last holder fell out of the count by time, or whoever was woken for it never came. */
  async function useLostRoom(): Promise<number> {
    let roused = 0
    for (const { source, operation } of await countHeldBack(db)) {
      const place = { source, operation }
      roused += await transact(db, room, (tx, taker) => useRoom(tx, taker, place, roomOf(sources, source, operation)))
    }
    return roused
  }

  const loop = createLoop({
    name: 'sweeper',
    pauseMs: EVERY_MS,
    log,
    async round() {
      await sweep()
      return undefined
    },
  })
  return { ...loop, sweep }
}

// Each leaves out what is younger than a minute: a transaction under way may hold its wakeup.

/** The next of those that are open, in the order of their deadlines. Relies on expectation_open and wakeup's primary key. */
const openExpectations = `
  select e.deadline_at::text as deadline, e.id,
    e.registered_at < clock_timestamp() - interval '1 minute' and not exists (
      select from becket.wakeup w where w.lane = 'expectation' and w.subject = e.id) as "isLost"
  from (
    select open.id, open.deadline_at, open.registered_at from becket.expectation open
    where open.state in ('registered', 'submitting', 'waiting', 'unconfirmed')
      and open.deadline_at >= $1::timestamptz and (open.deadline_at, open.id) > ($1::timestamptz, $2)
    order by open.deadline_at, open.id limit $3) e`

/** A job that waits is carried on by its open expectation's wakeup. Relies on job_open and expectation_by_job. */
const openJobsWithoutWakeup = `
  select j.id from becket.job j
  where j.state in ('queued', 'waiting', 'retryable') and j.updated_at < clock_timestamp() - interval '1 minute'
    and not exists (select 1 from becket.wakeup w where w.lane = 'job' and w.subject = j.id)
    and not (j.state = 'waiting' and exists (
      select 1 from becket.expectation e where e.job_id = j.id and e.state = any($1)))
  limit $2`

/** Relies on callback_by_fate. */
const unreadCallbacksWithoutWakeup = `
  select c.id from becket.callback c
  where c.fate = 'received' and c.received_at < clock_timestamp() - interval '1 minute'
    and not exists (select 1 from becket.wakeup w where w.lane = 'callback' and w.subject = c.id)
  limit $1`

/** Relies on outbox_unfinished. */
const queuesWithoutWakeup = `
  select distinct o.sink || '/' || o.queue as id from becket.outbox o
  where o.state = 'pending' and o.created_at < clock_timestamp() - interval '1 minute'
    and not exists (select 1 from becket.wakeup w where w.lane = 'outbox' and w.subject = o.sink || '/' || o.queue)
  limit $1`
