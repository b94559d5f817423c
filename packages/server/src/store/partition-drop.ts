/**
 * Drops the daily partitions that nobody wants any more. Whoever writes into the table does not wait: a partition is
 * detached concurrently, which waits for others and lets nobody wait, and dropped when it stands alone. What was broken off
 * half-way is found and ended by the next round. Which are too old is the caller's to say.
 */
import type { Db, Tx } from '../db/db.ts'
import { sqlState } from '../db/sql-error.ts'
import { DAY_MS, type Partition, type PartitionedTable, partitionNamed } from './partitions.ts'
import { holdRetention } from './retention-lock.ts'

// 200 ms: a detached partition has no readers; who still holds it is waited for in the next round.
const LOCK_TIMEOUT_MS = 200
// 1 s: longer than any transaction of ours at its work. Behind somebody's long look at the table we do not even queue.
const LONG_LOOK_MS = 1_000

/** How long each table is kept, in milliseconds; a partition goes when all of it is older. */
export type KeptMs = Readonly<Record<PartitionedTable, number>>

export interface ExpiredPartition extends Partition {
  /** `pending`: its detaching was broken off. `detached`: it stands alone, and was not dropped yet. */
  standing: 'attached' | 'pending' | 'detached'
}

export type Dropped =
  | { kind: 'dropped' }
  /** Somebody reads the table, or forgets just now; the next round tries again. */
  | { kind: 'busy' }
  /** It holds callbacks that nobody has read yet: what was accepted is not dropped unread. */
  | { kind: 'unread' }

export interface Partitions {
  /** Milliseconds since 1970, by the database's clock unless another time was given. */
  nowMs: number
  /** Oldest first. */
  expired: ExpiredPartition[]
  /** How far back what stays goes: the first day of each table, since 1970. */
  oldest: Partial<Record<PartitionedTable, number>>
}

/** One statement, on the catalogue. */
export async function findExpiredPartitions(db: Db, keptMs: KeptMs, atMs: number | null): Promise<Partitions> {
  const { rows } = await db.query<{ name: string; is_partition: boolean; is_pending: boolean; now_ms: number }>(
    `select c.relname::text as name, c.relispartition as is_partition, coalesce(i.inhdetachpending, false) as is_pending,
       floor(extract(epoch from clock_timestamp()) * 1000)::float8 as now_ms
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     left join pg_inherits i on i.inhrelid = c.oid
     where n.nspname = $1 and c.relkind = 'r' and c.relname ~ '_[0-9]{8}$'`,
    [db.schema],
  )
  const nowMs = atMs ?? rows[0]?.now_ms ?? Date.now()
  const expired: ExpiredPartition[] = []
  const oldest: Partial<Record<PartitionedTable, number>> = {}
  for (const row of rows) {
    const partition = partitionNamed(row.name)
    if (partition === null) continue
    const { table, day } = partition
    if ((day + 1) * DAY_MS <= nowMs - keptMs[table]) {
      const standing = row.is_pending ? 'pending' : row.is_partition ? 'attached' : 'detached'
      expired.push({ ...partition, standing })
    } else if (row.is_partition) {
      oldest[table] = Math.min(oldest[table] ?? day, day)
    }
  }
  return { nowMs, expired: expired.sort((one, other) => one.day - other.day), oldest }
}

/** `longLookMs`: how long somebody may have been at the table for us to wait for them. */
export async function dropPartition(
  db: Db,
  partition: ExpiredPartition,
  longLookMs: number = LONG_LOOK_MS,
): Promise<Dropped> {
  const { name, table, standing } = partition
  try {
    if (standing === 'attached') {
      if (table === 'callback' && (await hasUnread(db, partition))) return { kind: 'unread' }
      if (await isLookedAt(db, table, longLookMs)) return { kind: 'busy' }
      // Neither in a transaction nor with a time limit of its own: PostgreSQL allows neither.
      await db.query(`alter table becket.${table} detach partition becket.${name} concurrently`)
    }
    return await db.tx(async (tx): Promise<Dropped> => {
      if (!(await holdRetention(tx, db.schema))) return { kind: 'busy' }
      await limitLocks(tx)
      if (standing === 'pending') {
        await tx.query(`alter table becket.${table} detach partition becket.${name} finalize`)
      }
      await tx.query(`drop table if exists becket.${name}`)
      return { kind: 'dropped' }
    })
  } catch (error) {
    if (isBusy(error)) return { kind: 'busy' }
    throw error
  }
}

async function limitLocks(tx: Tx): Promise<void> {
  await tx.query(`set local lock_timeout = ${LOCK_TIMEOUT_MS}`)
}

/** Relies on callback_by_fate, in the one partition. */
async function hasUnread(db: Db, { name }: Partition): Promise<boolean> {
  const { rows } = await db.query<{ unread: boolean }>(
    `select exists (select from becket.${name} where fate = 'received') as unread`,
  )
  return rows[0]?.unread === true
}

/** Whether somebody has been at the table for longer than a moment: a backup, or a report. */
async function isLookedAt(db: Db, table: PartitionedTable, longLookMs: number): Promise<boolean> {
  const { rows } = await db.query<{ looked: boolean }>(
    `select exists (
       select from pg_locks l join pg_stat_activity a on a.pid = l.pid
       where l.relation = $1::regclass and l.database = (select oid from pg_database where datname = current_database())
         and a.xact_start < clock_timestamp() - $2 * interval '1 ms') as looked`,
    [`${db.schema}.${table}`, longLookMs],
  )
  return rows[0]?.looked === true
}

/** 55P03: not in so short a time. 55000: another process is detaching it. 42P01: another process has dropped it. */
function isBusy(error: unknown): boolean {
  const state = sqlState(error)
  return state === '55P03' || state === '55000' || state === '42P01' || state === '57014'
}
