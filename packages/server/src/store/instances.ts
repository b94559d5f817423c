/** Rows of `instance`: one running process each, and when it last got on with its work. */
import type { Db, Queryable } from '../db/db.ts'
import { toJsonb } from '../db/json.ts'

export interface InstanceRow {
  id: string
  roles: string[]
  release: string
  configuration: string
  tokenKey: string
  host: string
  pid: number
  startedAt: Date
  seenAt: Date
  stoppedAt: Date | null
  /** Loop → when it last went round. */
  progress: Record<string, unknown>
  /** Since it was last seen, by the database's clock. */
  silentMs: number
}

export async function registerInstance(
  db: Queryable,
  instance: {
    id: string
    roles: readonly string[]
    release: string
    configuration: string
    tokenKey: string
    host: string
    pid: number
  },
): Promise<void> {
  await db.query(
    `insert into becket.instance (id, roles, release, configuration, token_key, host, pid)
     values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (id) do nothing`,
    [
      instance.id,
      instance.roles,
      instance.release,
      instance.configuration,
      instance.tokenKey,
      instance.host,
      instance.pid,
    ],
  )
}

export async function stampInstance(db: Queryable, id: string, progress: Record<string, unknown>): Promise<void> {
  await db.query('update becket.instance set seen_at = clock_timestamp(), progress = $2 where id = $1', [
    id,
    toJsonb(progress),
  ])
}

export async function stopInstance(db: Queryable, id: string): Promise<void> {
  await db.query('update becket.instance set stopped_at = clock_timestamp() where id = $1', [id])
}

/** Those seen in the last hour, newest first; older ones are history. */
export async function listInstances(db: Queryable): Promise<InstanceRow[]> {
  const { rows } = await db.query<InstanceRow>(
    `select id, roles, release, configuration, token_key as "tokenKey", host, pid, started_at as "startedAt", seen_at as "seenAt",
       stopped_at as "stoppedAt", progress,
       (extract(epoch from clock_timestamp() - seen_at) * 1000)::float8 as "silentMs"
     from becket.instance where seen_at > clock_timestamp() - interval '1 hour' order by id desc limit 100`,
  )
  return rows
}

/** Instances long gone; their rows tell nobody anything. */
export async function forgetInstances(db: Db): Promise<void> {
  await db.query(`delete from becket.instance where seen_at < clock_timestamp() - interval '7 days'`)
}
