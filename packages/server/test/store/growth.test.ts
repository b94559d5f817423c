/** That what is looked up costs the same however much lies beside it: which index the planner takes where much does. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { silentLog } from '../../src/db/log.ts'
import { migrate } from '../../src/db/migrate.ts'
import { readMigrations } from '../../src/db/migration-files.ts'
import { type TestDatabase, testDatabase } from '../database.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(async () => {
  await database.drop()
})

/** The names of the indexes that PostgreSQL would read for this statement, as the tables are now. */
async function indexesOf(statement: string): Promise<string[]> {
  const { rows } = await database.db.query<{ 'QUERY PLAN': unknown }>(`explain (format json) ${statement}`)
  const plan = JSON.stringify(rows.map((row) => row['QUERY PLAN']))
  return [...plan.matchAll(/"Index Name":\s*"([^"]+)"/g)].map(([, name]) => String(name))
}

it('finds the wakeup of a job by the job, though only expectations waited when the table was looked over', async () => {
  const { db } = database
  await db.query(
    `insert into becket.wakeup (lane, subject, due)
     select 'expectation', 'exp_' || lpad(n::text, 26, '0'), clock_timestamp() + interval '30 days'
     from generate_series(1, 30000) n`,
  )
  await db.query('analyze becket.wakeup')
  const one = `select owner from becket.wakeup where lane = 'job' and subject = 'job_1'`
  expect(await indexesOf(one)).toEqual(['wakeup_pkey'])
  expect(await indexesOf(`select j.id, (${one.replace(`'job_1'`, 'j.id')}) from becket.job j`)).toEqual(['wakeup_pkey'])
})

it('finds it so, though all of the queue was done when the table was looked over, and none of it could be cleared away', async () => {
  const { db } = database
  await db.tx(async (tx) => {
    // With an id of its own, a transaction holds what dies after it.
    await tx.query('select pg_current_xact_id()')
    await db.query(
      `insert into becket.wakeup (lane, subject, due)
       select 'job', 'job_' || lpad(n::text, 26, '0'), clock_timestamp() from generate_series(1, 10000) n`,
    )
    await db.query('delete from becket.wakeup')
    await db.query('vacuum analyze becket.wakeup')
    expect(await indexesOf(`select owner from becket.wakeup where lane = 'job' and subject = 'job_1'`)).toEqual([
      'wakeup_pkey',
    ])
    expect(
      await indexesOf(
        `select rank from becket.wakeup where lane = 'job' and due >= '-infinity' order by rank desc limit 1`,
      ),
    ).toEqual(['wakeup_due'])
  })
})

it('forgets, with an upgrade, what the planner was told of the queue before it', async () => {
  await using older = await testDatabase({ empty: true })
  const { db } = older
  const migrations = await readMigrations()
  const growth = migrations.findIndex(({ name }) => name === 'growth')
  await migrate(db, { log: silentLog, migrations: migrations.slice(0, growth) })
  await db.query(
    `insert into becket.wakeup (lane, subject, due)
     select 'expectation', 'exp_' || n, clock_timestamp() from generate_series(1, 1000) n`,
  )
  await db.query('analyze becket.wakeup')
  await migrate(db, { log: silentLog, migrations })
  await db.query('analyze becket.wakeup')
  const { rows } = await db.query(
    `select attname as column from pg_stats where schemaname = $1 and tablename = 'wakeup'`,
    [db.schema],
  )
  expect(rows).toEqual([{ column: 'subject' }])
})

it('finds evidence and events by what they are about, in every partition', async () => {
  const { db } = database
  const { rows } = await db.query<{ table: string; missing: string }>(
    `select parent.relname as table, part.relname as missing
     from pg_inherits i join pg_class part on part.oid = i.inhrelid join pg_class parent on parent.oid = i.inhparent
       join pg_namespace n on n.oid = parent.relnamespace
     where n.nspname = $1 and parent.relname in ('evidence', 'event') and not exists (
       select from pg_index x join pg_constraint k on k.conindid = x.indexrelid
       where x.indrelid = part.oid and k.contype = 'p' and x.indisvalid and pg_get_constraintdef(k.oid) =
         case parent.relname when 'evidence' then 'PRIMARY KEY (expectation_id, id)' else 'PRIMARY KEY (subject, id)' end)`,
    [db.schema],
  )
  expect(rows).toEqual([])
})
