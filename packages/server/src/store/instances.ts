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

export interface NewInstance {
  id: string
  roles: readonly string[]
  release: string
  configuration: string
  tokenKey: string
  host: string
  pid: number
}

/** False: it was there already. */
export async function registerInstance(db: Queryable, instance: NewInstance): Promise<boolean> {
  const { count } = await db.query(
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
  return count === 1
}

export interface InstanceDescription {
  node: string | null
  environment: string | null
  manifest: string | null
  /** Names the key of its fingerprints. */
  settingsKey: string | null
  databaseIdentity: string | null
}

export async function describeInstance(tx: Queryable, id: string, of: InstanceDescription): Promise<void> {
  await tx.query(
    `update becket.instance set node = $2, environment = $3, manifest = $4, settings_key = $5, database_identity = $6
     where id = $1`,
    [id, of.node, of.environment, of.manifest, of.settingsKey, of.databaseIdentity],
  )
}

export async function readInstance(
  db: Queryable,
  id: string,
): Promise<(InstanceDescription & Pick<InstanceRow, 'id' | 'roles' | 'release'>) | null> {
  const { rows } = await db.query<InstanceDescription & Pick<InstanceRow, 'id' | 'roles' | 'release'>>(
    `select id, roles, release, node, environment, manifest, settings_key as "settingsKey",
       database_identity as "databaseIdentity"
     from becket.instance where id = $1`,
    [id],
  )
  return rows[0] ?? null
}

/** Which database this is, whatever the address that leads to it; null where its owner does not let us ask. */
export async function readDatabaseIdentity(db: Db): Promise<string | null> {
  const { rows: rights } = await db.query<{ may: boolean }>(
    `select has_function_privilege('pg_catalog.pg_control_system()', 'execute') as may`,
  )
  if (rights[0]?.may !== true) return null
  const { rows } = await db.query<{ system: string; database: string }>(
    `select system_identifier::text as system, current_database() as database from pg_catalog.pg_control_system()`,
  )
  const found = rows[0]
  return found === undefined ? null : JSON.stringify([found.system, found.database, db.schema])
}

export async function readSchemaVersion(db: Queryable): Promise<string> {
  const { rows } = await db.query<{ said: string }>(
    `select version || ' ' || name as said from becket.migration order by version desc limit 1`,
  )
  return rows[0]?.said ?? 'none'
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

/**
 * Those seen in the last hour, newest first; older ones are history. Of too many, those that live are listed: one that
 * comes and goes every few seconds must not hide them.
 */
export async function listInstances(db: Queryable): Promise<InstanceRow[]> {
  const { rows } = await db.query<InstanceRow>(
    `select id, roles, release, configuration, token_key as "tokenKey", host, pid, started_at as "startedAt", seen_at as "seenAt",
       stopped_at as "stoppedAt", progress,
       (extract(epoch from clock_timestamp() - seen_at) * 1000)::float8 as "silentMs"
     from (
       select * from becket.instance where seen_at > clock_timestamp() - interval '1 hour'
       order by stopped_at is null and seen_at > clock_timestamp() - interval '10 s' desc, id desc limit 100
     ) as listed order by id desc`,
  )
  return rows
}

/** Instances long gone; their rows tell nobody anything. */
export async function forgetInstances(db: Db): Promise<void> {
  await db.query(`delete from becket.instance where seen_at < clock_timestamp() - interval '7 days'`)
}
