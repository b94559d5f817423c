/** What a database says of itself, in one statement that needs no right beyond being connected. Judges nothing. */
import type { Session } from './database-session.ts'

export interface DatabaseFacts {
  version: number
  readOnly: boolean
  standby: boolean
  role: string
  database: string
  /** Connections that this role may open here. */
  connections: number
  hasSchema: boolean
  mayUse: boolean
  mayCreate: boolean
  mayMakeSchema: boolean
  /** Tables in the schema that this role may not read and write. */
  closedTables: string[]
  /** How far its clock is ahead of ours, and how far off that may be. */
  skewMs: number
  uncertaintyMs: number
}

interface Row extends Omit<DatabaseFacts, 'skewMs' | 'uncertaintyMs'> {
  nowMs: number
}

const STATEMENT = `
  with place as (select to_regnamespace(quote_ident($1))::oid as schema)
  select current_setting('server_version_num')::int as version,
    current_setting('transaction_read_only') = 'on' as "readOnly",
    pg_is_in_recovery() as standby,
    current_user as role,
    current_database() as database,
    least(
      current_setting('max_connections')::int
        - current_setting('superuser_reserved_connections')::int
        - coalesce(current_setting('reserved_connections', true)::int, 0),
      (select nullif(rolconnlimit, -1) from pg_roles where rolname = current_user),
      (select nullif(datconnlimit, -1) from pg_database where datname = current_database())
    ) as connections,
    place.schema is not null as "hasSchema",
    coalesce(has_schema_privilege(place.schema, 'usage'), false) as "mayUse",
    coalesce(has_schema_privilege(place.schema, 'create'), false) as "mayCreate",
    has_database_privilege(current_database(), 'create') as "mayMakeSchema",
    array(
      select relname::text from pg_class
      where relnamespace = place.schema and relkind in ('r', 'p') and not (
        has_table_privilege(oid, 'select') and has_table_privilege(oid, 'insert')
        and has_table_privilege(oid, 'update') and has_table_privilege(oid, 'delete'))
      order by relname limit 5
    ) as "closedTables",
    extract(epoch from clock_timestamp())::float8 * 1000 as "nowMs"
  from place`

/** Null: it answered with no row, which it never does. */
export async function readFacts(session: Session, schema: string, now: () => number): Promise<DatabaseFacts | null> {
  const askedMs = now()
  const [row] = await session.query<Row>(STATEMENT, [schema])
  const answeredMs = now()
  if (row === undefined) return null
  const { nowMs, ...facts } = row
  // It read its clock somewhere between the two; the middle is at most half the time off.
  return { ...facts, skewMs: nowMs - (askedMs + answeredMs) / 2, uncertaintyMs: (answeredMs - askedMs) / 2 }
}
