/**
 * Brings the schema up to date: numbered files, forward only, each in a transaction of its own. Several processes may
 * start at once; a lock that ends with the transaction lets one apply a file while the others wait and then find it done.
 */
import { AppError } from '../core/error.ts'
import type { Db, Queryable, Tx } from './db.ts'
import type { DbLog } from './log.ts'
import { type Migration, readMigrations, readProgramVersion } from './migration-files.ts'
import { sqlState } from './sql-error.ts'

const OLDEST_POSTGRES = 140_000

export interface MigrationState {
  /** The number of the last migration applied; 0 in an empty database. */
  version: number
  latest: number
  applied: { version: number; name: string; appliedAt: Date; programVersion: string }[]
  pending: string[]
}

export interface MigrateOptions {
  log: DbLog
  /** The files to apply; by default those of this release. */
  migrations?: readonly Migration[]
  /** How long to wait for another process that migrates; 0, the default, is as long as it takes. */
  lockWaitMs?: number
}

export async function migrate(db: Db, options: MigrateOptions): Promise<{ applied: string[]; version: number }> {
  const migrations = options.migrations ?? (await readMigrations())
  const programVersion = await readProgramVersion()
  const applied: string[] = []
  for (;;) {
    const done = await db.tx(
      async (tx) => {
        await refuseOldPostgres(tx)
        await takeTurn(tx, db.schema, options.lockWaitMs ?? 0)
        return applyNext(tx, db.schema, migrations, programVersion)
      },
      { statementTimeoutMs: 0 },
    )
    if (done === undefined) return { applied, version: migrations.length }
    const { version, name, tookMs } = done
    options.log.info({ version, migration: name, tookMs }, 'migration applied')
    applied.push(name)
  }
}

/** What is applied and what is not; changes nothing. */
export async function migrationState(db: Db, migrations?: readonly Migration[]): Promise<MigrationState> {
  const known = migrations ?? (await readMigrations())
  await refuseOldPostgres(db)
  const rows = (await hasTable(db, db.schema)) ? await readApplied(db) : []
  refuseOthers(rows, known)
  return {
    version: rows.length,
    latest: known.length,
    applied: rows.map((row) => ({
      version: row.version,
      name: row.name,
      appliedAt: row.applied_at,
      programVersion: row.program_version,
    })),
    pending: known.slice(rows.length).map(({ name }) => name),
  }
}

async function applyNext(tx: Tx, schema: string, migrations: readonly Migration[], programVersion: string) {
  // Only a new statement sees what the process before us committed while we waited.
  if (!(await hasTable(tx, schema))) await createTable(tx, schema)
  const rows = await readApplied(tx)
  refuseOthers(rows, migrations)
  const next = migrations[rows.length]
  if (next === undefined) return undefined
  const started = performance.now()
  await tx.query(next.sql)
  await tx.query(
    'insert into becket.migration (version, name, checksum, applied_at, program_version) values ($1, $2, $3, clock_timestamp(), $4)',
    [next.version, next.name, next.checksum, programVersion],
  )
  return { version: next.version, name: next.name, tookMs: Math.round(performance.now() - started) }
}

/** One process at a time, until its transaction ends. */
async function takeTurn(tx: Tx, schema: string, lockWaitMs: number): Promise<void> {
  if (lockWaitMs > 0) await tx.query(`set local lock_timeout = ${Math.trunc(lockWaitMs)}`)
  try {
    await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`becket migrations of ${schema}`])
  } catch (error) {
    if (sqlState(error) !== '55P03') throw error
    throw new AppError('MIGRATIONS_LOCKED', `Another process has held the migrations of ${schema} for too long`, {
      cause: error,
    })
  }
  // A migration itself waits as the database's owner has set it.
  await tx.query('set local lock_timeout to default')
}

async function hasTable(queryable: Queryable, schema: string): Promise<boolean> {
  const { rows } = await queryable.query<{ found: boolean }>(
    `select exists (select from pg_tables where schemaname = $1 and tablename = 'migration') as found`,
    [schema],
  )
  return rows[0]?.found === true
}

async function createTable(tx: Tx, schema: string): Promise<void> {
  // Asked first: `if not exists` still demands the right to create schemas, which a careful owner does not give.
  const { rows } = await tx.query('select from pg_namespace where nspname = $1', [schema])
  if (rows.length === 0) await tx.query(`create schema "${schema}"`)
  await tx.query(`create table becket.migration (
    version integer not null primary key,
    name text not null,
    checksum text not null,
    applied_at timestamptz not null,
    program_version text not null
  )`)
}

interface AppliedRow {
  version: number
  name: string
  checksum: string
  applied_at: Date
  program_version: string
}

async function readApplied(queryable: Queryable): Promise<AppliedRow[]> {
  const { rows } = await queryable.query<AppliedRow>(
    'select version, name, checksum, applied_at, program_version from becket.migration order by version',
  )
  return rows
}

function refuseOthers(rows: readonly AppliedRow[], migrations: readonly Migration[]): void {
  const newest = rows.at(-1)
  if (newest !== undefined && newest.version > migrations.length) {
    throw new AppError(
      'DATABASE_NEWER_THAN_PROGRAM',
      `The database is at migration ${newest.version} (${newest.name}, by release ${newest.program_version}); this program knows ${migrations.length}`,
    )
  }
  for (const [index, row] of rows.entries()) {
    const migration = migrations[index]
    if (migration?.version === row.version && migration.checksum === row.checksum) continue
    throw new AppError(
      'MIGRATION_CHANGED',
      `Migration ${row.version} (${row.name}) was applied on ${row.applied_at.toISOString()} with other content than the file of this release`,
    )
  }
}

async function refuseOldPostgres(queryable: Queryable): Promise<void> {
  const { rows } = await queryable.query<{ number: number; version: string }>(
    `select current_setting('server_version_num')::int as number, current_setting('server_version') as version`,
  )
  const server = rows[0]
  if (server !== undefined && server.number < OLDEST_POSTGRES) {
    throw new AppError('DATABASE_TOO_OLD', `The server runs PostgreSQL ${server.version}`)
  }
}
