/** Rows of `instance_setting`: what a process really runs with, as keyed fingerprints. Never a value. */
import type { Queryable } from '../db/db.ts'

export interface SettingRow {
  name: string
  variable: string | null
  /** Null: not set. */
  fingerprint: string | null
  /** Of an address of a database: what it leads to. */
  identity: string | null
  origin: string
}

export async function insertSettings(
  tx: Queryable,
  instanceId: string,
  settings: readonly SettingRow[],
): Promise<void> {
  if (settings.length === 0) return
  await tx.query(
    `insert into becket.instance_setting (instance_id, name, variable, fingerprint, identity, origin)
     select $1, name, variable, fingerprint, identity, origin
     from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
       as given (name, variable, fingerprint, identity, origin)`,
    [
      instanceId,
      settings.map(({ name }) => name),
      settings.map(({ variable }) => variable),
      settings.map(({ fingerprint }) => fingerprint),
      settings.map(({ identity }) => identity),
      settings.map(({ origin }) => origin),
    ],
  )
}

/** Relies on the primary key. */
export async function readSettings(db: Queryable, instanceId: string): Promise<SettingRow[]> {
  const { rows } = await db.query<SettingRow>(
    `select name, variable, fingerprint, identity, origin from becket.instance_setting
     where instance_id = $1 order by name`,
    [instanceId],
  )
  return rows
}

/** Where two processes differ, by name. */
export async function differingSettings(db: Queryable, one: string, other: string): Promise<string[]> {
  const { rows } = await db.query<{ name: string }>(
    `select name from (select name, fingerprint from becket.instance_setting where instance_id = $1) one
     full join (select name, fingerprint from becket.instance_setting where instance_id = $2) other using (name)
     where one.fingerprint is distinct from other.fingerprint
       and exists (select 1 from becket.instance_setting where instance_id = $1)
       and exists (select 1 from becket.instance_setting where instance_id = $2)
     order by name`,
    [one, other],
  )
  return rows.map(({ name }) => name)
}
