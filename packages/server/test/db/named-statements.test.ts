/** What PostgreSQL itself knows of the names, and what happens when it does not know one any more. */
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Db } from '../../src/db/db.ts'
import { createPool } from '../../src/db/pool.ts'
import { isTransient } from '../../src/db/sql-error.ts'
import { retryConflicts } from '../../src/store/handover.ts'
import { testDatabase } from '../database.ts'
import { testWith } from '../outside.ts'

/** Of the one connection that asks. */
const namesOf = async (db: Db) => {
  const { rows } = await db.query<{ statement: string }>('select statement from pg_prepared_statements')
  return rows.map(({ statement }) => statement)
}

/** A pool of one connection, which therefore sees what it did before. */
async function single() {
  const database = await testDatabase()
  const warnings: string[] = []
  const log = { info() {}, error() {}, warn: (_facts: object, message: string) => void warnings.push(message) }
  const db = createPool({ url: database.url, max: 1, log })
  onTestFinished(async () => {
    await db.close()
    await database.drop()
  })
  return { db, warnings }
}

const plus = 'select $1::int + 1 as sum'
const sum = async (db: Db, number: number) => (await db.query<{ sum: number }>(plus, [number])).rows[0]?.sum
const several = async (db: Db) => {
  for (let number = 0; number < 4; number++) expect(await sum(db, number)).toBe(number + 1)
}

describe('on a connection of its own to PostgreSQL', () => {
  test('what is sent again and again is prepared once, inside and outside of transactions', async () => {
    const { db } = await single()
    await several(db)
    await db.tx(async (tx) => {
      for (let number = 0; number < 4; number++) await tx.query('select $1::int - 1', [number])
    })
    expect((await namesOf(db)).sort()).toEqual(['select $1::int + 1 as sum', 'select $1::int - 1'])
  })

  test('a statement that failed when it got its name is good again afterwards', async () => {
    const { db } = await single()
    const insert = 'insert into later values ($1)'
    await db.query('create table later (number int)')
    await db.query(insert, [1])
    await db.query(insert, [2])
    await db.query('alter table later rename to elsewhere')
    const both = db.tx(async (tx) => {
      tx.send(insert, [3])
      tx.send(insert, [4])
    })
    await expect(both).rejects.toMatchObject({ code: '42P01' })
    await db.query('alter table elsewhere rename to later')
    await db.query(insert, [5])
    expect((await db.query('select number from later order by number')).rows).toEqual([
      { number: 1 },
      { number: 2 },
      { number: 5 },
    ])
  })

  test('a name that the server forgot fails once, and from then on nothing has a name', async () => {
    const { db, warnings } = await single()
    await several(db)
    await db.query('deallocate all')
    const error = await db.query(plus, [1]).catch((caught: unknown) => caught)
    expect([error, isTransient(error)]).toEqual([expect.objectContaining({ code: '26000' }), true])
    await several(db)
    expect(await namesOf(db)).toEqual([])
    expect(warnings).toEqual([expect.stringContaining('forgot')])
  })

  test('a transaction that meets such a name is done again', async () => {
    const { db } = await single()
    await several(db)
    await db.query('deallocate all')
    const again = () => db.tx(async (tx) => (await tx.query<{ sum: number }>(plus, [1])).rows[0]?.sum)
    expect(await retryConflicts(again)).toBe(2)
  })

  test('a table whose columns change under a name fails one statement at most', async () => {
    const { db } = await single()
    await db.query(`create table shape (said text); insert into shape values ('one')`)
    const read = 'select said from shape where said <> $1'
    for (let count = 0; count < 4; count++) await db.query(read, ['none'])
    await db.query('alter table shape alter said type varchar(8)')
    const error = await db.query(read, ['none']).catch((caught: unknown) => caught)
    expect([error, isTransient(error)]).toEqual([expect.objectContaining({ code: '0A000' }), true])
    expect((await db.query(read, ['none'])).rows).toEqual([{ said: 'one' }])
  })
})

describe('through PgBouncer in transaction mode', () => {
  testWith('pgbouncer', 'no statement gets a name', async (url) => {
    const db = createPool({ url, max: 1 })
    onTestFinished(() => db.close())
    await several(db)
    expect(await namesOf(db)).toEqual([])
  })
})
