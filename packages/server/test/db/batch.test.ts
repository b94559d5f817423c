import { afterAll, beforeAll, expect, test } from 'vitest'
import { createBatch } from '../../src/db/batch.ts'
import { isDataError } from '../../src/db/sql-error.ts'
import { type TestDatabase, testDatabase } from '../database.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
  await database.db.query('create table becket.thing (id int primary key, name text not null)')
})
afterAll(() => database.drop())

function setup() {
  const statements: number[] = []
  const batch = createBatch<{ id: number; name: string }, number>({
    maxItems: 500,
    maxBytes: 1_000_000,
    sizeOf: ({ name }) => name.length,
    isPoison: isDataError,
    async run(items) {
      statements.push(items.length)
      const { rows } = await database.db.query<{ id: number }>(
        'insert into becket.thing select * from unnest($1::int[], $2::text[]) returning id',
        [items.map(({ id }) => id), items.map(({ name }) => name)],
      )
      return rows.map(({ id }) => id)
    },
  })
  return { batch, statements }
}

test('a NUL in one text fails that caller, and every other one is committed', async () => {
  const { batch, statements } = setup()
  const items = Array.from({ length: 100 }, (_, id) => ({ id, name: id === 42 ? 'a\u0000b' : `thing ${id}` }))
  const outcomes = await Promise.allSettled(items.map((item) => batch.add(item)))
  const refused = outcomes.flatMap((outcome, id) => (outcome.status === 'rejected' ? [id] : []))
  expect(refused).toEqual([42])
  const { rows } = await database.db.query<{ count: number }>('select count(*) as count from becket.thing')
  expect(rows).toEqual([{ count: 99 }])
  // Halving 100 down to one takes at most seven steps, of two statements each.
  expect(statements.length).toBeLessThanOrEqual(15)
})
