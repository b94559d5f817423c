/** What is sent without waiting for it: whatever fails is told, and nothing is done outside its transaction. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Db, Tx } from '../../src/db/db.ts'
import { createPool } from '../../src/db/pool.ts'
import { type TestDatabase, testDatabase } from '../database.ts'
import { testWith } from '../outside.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
  await database.db.query('create table said (word text primary key)')
})
afterAll(() => database.drop())

const said = async (db: Db) => (await db.query<{ word: string }>('select word from said order by word')).rows

describe('a transaction that sends without waiting', () => {
  test('fails as what was sent failed, and undoes all', async () => {
    const outcome = database.db.tx(async (tx) => {
      tx.send(`insert into said values ('before')`)
      tx.send('select 1 / 0')
      tx.send(`insert into said values ('after')`)
    })
    await expect(outcome).rejects.toMatchObject({ code: '22012' })
    expect(await said(database.db)).toEqual([])
  })

  test('tells the first failure to whoever waits for a later statement', async () => {
    const outcome = database.db.tx(async (tx) => {
      tx.send('select 1 / 0')
      await tx.query('select 1')
    })
    await expect(outcome).rejects.toMatchObject({ code: '22012' })
  })

  test('is over for work that goes on after it failed: it writes nowhere', async () => {
    const db = createPool({ url: database.url, max: 1 })
    let goOn: () => void = () => {}
    const failed = new Promise<void>((resolve) => {
      goOn = resolve
    })
    let late: Promise<unknown> = Promise.resolve()
    const outcome = db.tx(async (tx) => {
      late = failed.then(() => tx.query(`insert into said values ('late')`))
      late.catch(() => {})
      await Promise.all([late, tx.query('select 1 / 0')])
    })
    await expect(outcome).rejects.toMatchObject({ code: '22012' })
    const next = db.tx(async (tx) => {
      await tx.query(`insert into said values ('next')`)
      goOn()
      await late.catch(() => {})
    })
    await next
    await expect(late).rejects.toThrow('over')
    expect(await said(db)).toEqual([{ word: 'next' }])
    await db.query('truncate said')
    await db.close()
  })

  test('is over once it has committed: what is sent then is refused', async () => {
    let kept: Tx | undefined
    await database.db.tx(async (tx) => {
      kept = tx
    })
    expect(() => kept?.send(`insert into said values ('late')`)).toThrow('over')
    expect(await said(database.db)).toEqual([])
  })
})

testWith('pgbouncer', 'behind PgBouncer, a failure among what is sent stays in its own transaction', async (pooler) => {
  const schema = `becket_test_${process.pid}`
  const db = createPool({ url: pooler, schema, max: 20, statementTimeoutMs: 20_000 })
  try {
    await db.query(`create schema ${schema}`)
    await db.query('create table becket.said (number int primary key)')
    const all = Array.from({ length: 60 }, (_, number) =>
      db.tx(async (tx) => {
        tx.send('insert into becket.said values ($1)', [number])
        if (number % 3 === 0) tx.send('select 1 / $1::int', [0])
        tx.send('insert into becket.said values ($1)', [number + 1_000])
        if (number % 2 === 0) await tx.query('select 1')
      }),
    )
    const ended = await Promise.allSettled(all)
    for (const [number, end] of ended.entries()) {
      if (number % 3 === 0) expect(end).toMatchObject({ status: 'rejected', reason: { code: '22012' } })
      else expect(end.status).toBe('fulfilled')
    }
    const { rows } = await db.query<{ number: number }>('select number from becket.said order by number')
    const expected = Array.from({ length: 60 }, (_, number) => number).filter((number) => number % 3 !== 0)
    expect(rows.map(({ number }) => number)).toEqual([...expected, ...expected.map((number) => number + 1_000)])
  } finally {
    await db.query(`drop schema if exists ${schema} cascade`)
    await db.close()
  }
})
