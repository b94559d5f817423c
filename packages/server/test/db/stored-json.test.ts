import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { toJsonb } from '../../src/db/json.ts'
import { asStored } from '../../src/db/stored-json.ts'
import { type TestDatabase, testDatabase } from '../database.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.drop())

/** To the byte: the order of keys counts. */
async function expectAsRead(values: readonly unknown[]): Promise<void> {
  const { rows } = await database.db.query<{ value: unknown }>(
    'select item as value from unnest($1::jsonb[]) with ordinality as given (item, position) order by position',
    [values.map(toJsonb)],
  )
  expect(values.map((value) => JSON.stringify(asStored(value)))).toEqual(rows.map(({ value }) => JSON.stringify(value)))
}

test('what is told of a value is what a jsonb column gives back, to the byte', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.jsonValue({ stringUnit: 'binary' }), { minLength: 1, maxLength: 20 }), expectAsRead),
    { numRuns: 60 },
  )
})

test('keys of any kind come in its order, and what it refuses comes replaced', async () => {
  await expectAsRead([
    { detail: 1, b: 2, a: 3, 10: 4, 9: 5, '': 6 },
    { é: 1, zz: 2, '❄': 3, z: 4 },
    JSON.parse('{"__proto__": {"b": 1, "a": 2}, "constructor": 3}'),
    { text: 'a\u0000b\ud800', missing: undefined },
    [1e21, 1e-7, -0, 0.1, 5e-324],
    undefined,
  ])
})
