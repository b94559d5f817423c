import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { silentLog } from '../../src/db/log.ts'
import { migrate, migrationState } from '../../src/db/migrate.ts'
import { type Migration, readMigrations } from '../../src/db/migration-files.ts'
import { createPool } from '../../src/db/pool.ts'
import { startChild } from '../child.ts'
import { testDatabase } from '../database.ts'
import { testWith } from '../outside.ts'

const log = silentLog

function file(version: number, sql: string): Migration {
  return { version, name: `step_${version}`, sql, checksum: createHash('sha256').update(sql).digest('hex') }
}

const one = file(1, 'create table becket.thing (id int); insert into becket.thing values (1);')
const two = file(2, 'alter table becket.thing add column name text;')
const bad = file(2, 'insert into becket.thing values (2); select 1 / 0;')

test('three processes at once apply each migration once', async () => {
  await using database = await testDatabase({ empty: true })
  const children = [1, 2, 3].map(() => startChild(new URL('migrate-child.ts', import.meta.url), [database.url]))
  const answers = await Promise.all(children.map((child) => child.next()))
  const all = await readMigrations()
  expect(answers.map((answer) => (answer as { version: number }).version)).toEqual([1, 2, 3].map(() => all.length))
  expect(answers.flatMap((answer) => (answer as { applied: string[] }).applied).sort()).toEqual(
    all.map(({ name }) => name).sort(),
  )
  expect(await Promise.all(children.map(({ ended }) => ended))).toEqual([0, 0, 0])
})

test('a second run applies only what is new', async () => {
  await using database = await testDatabase({ empty: true })
  const { db } = database
  expect(await migrate(db, { log, migrations: [one] })).toEqual({ applied: ['step_1'], version: 1 })
  expect(await migrate(db, { log, migrations: [one, two] })).toEqual({ applied: ['step_2'], version: 2 })
  expect(await migrate(db, { log, migrations: [one, two] })).toEqual({ applied: [], version: 2 })
})

test('a migration that fails leaves nothing of itself, and the ones before it', async () => {
  await using database = await testDatabase({ empty: true })
  const { db } = database
  await expect(migrate(db, { log, migrations: [one, bad] })).rejects.toThrow('division by zero')
  expect((await db.query('select id from becket.thing')).rows).toEqual([{ id: 1 }])
  expect(await migrationState(db, [one, two])).toMatchObject({ version: 1, latest: 2, pending: ['step_2'] })
})

test('a database newer than the program is refused, and named with the release that made it', async () => {
  await using database = await testDatabase({ empty: true })
  const { db } = database
  await migrate(db, { log, migrations: [one, two] })
  for (const attempt of [() => migrate(db, { log, migrations: [one] }), () => migrationState(db, [one])]) {
    const error: unknown = await attempt().catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'DATABASE_NEWER_THAN_PROGRAM' })
    expect(String(error)).toMatch(/at migration 2 \(step_2, by release \d/)
  }
})

test('an applied migration whose file changed is refused', async () => {
  await using database = await testDatabase({ empty: true })
  const { db } = database
  await migrate(db, { log, migrations: [one] })
  const changed = file(1, 'create table becket.other (id int)')
  await expect(migrate(db, { log, migrations: [changed] })).rejects.toMatchObject({ code: 'MIGRATION_CHANGED' })
})

test('a server too old is refused', async () => {
  await using database = await testDatabase({ empty: true })
  const old = createPool({ url: database.url })
  const pretending = {
    ...old,
    async query<Row>(text: string, values?: readonly unknown[]) {
      const answer = await old.query<Row>(text, values)
      if (!text.includes('server_version_num')) return answer
      return old.query<Row>(`select 130011 as number, '13.11' as version`)
    },
  }
  await expect(migrationState(pretending)).rejects.toMatchObject({ code: 'DATABASE_TOO_OLD' })
  await old.close()
})

test('another schema gets everything, and the schema becket is not made', async () => {
  await using database = await testDatabase({ empty: true })
  const db = createPool({ url: database.url, schema: 'tenant_a' })
  await migrate(db, { log })
  const { rows } = await db.query<{ name: string }>(
    `select distinct schemaname as name from pg_tables where schemaname in ('becket', 'tenant_a')`,
  )
  await db.close()
  expect(rows).toEqual([{ name: 'tenant_a' }])
})

testWith('postgres', 'the real migrations apply to an outside PostgreSQL', async (url) => {
  const schema = `becket_test_${process.pid}`
  const db = createPool({ url, schema })
  try {
    expect((await migrate(db, { log })).version).toBe((await readMigrations()).length)
  } finally {
    await db.query(`drop schema if exists ${schema} cascade`)
    await db.close()
  }
})
