import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { byteaArray, float8Array, int4Array, int8Array, jsonbArray, textArray } from '../../src/db/binary-array.ts'
import { type TestDatabase, testDatabase } from '../database.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.drop())

/** As the database read it, element by element, in text that loses nothing. */
async function asRead(type: string, encoded: Buffer, shown: string): Promise<(string | null)[]> {
  const { rows } = await database.db.query<{ value: string | null }>(
    `select ${shown} as value from unnest($1::${type}[]) with ordinality as given (item, position) order by position`,
    [encoded],
  )
  return rows.map((row) => row.value)
}

const maybe = <Value>(arbitrary: fc.Arbitrary<Value>) => fc.array(fc.option(arbitrary), { maxLength: 20 })

test('texts arrive as they are, quotes, braces, backslashes and all', async () => {
  // PostgreSQL keeps no NUL in text, and no half of a pair.
  const text = fc
    .string({ unit: 'grapheme' })
    .filter((value) => !value.includes('\0') && Buffer.from(value).toString() === value)
  await fc.assert(
    fc.asyncProperty(maybe(text), async (values) => {
      expect(await asRead('text', textArray(values), 'item')).toEqual(values)
    }),
    { numRuns: 40 },
  )
})

test('texts arrive as they are however long they are, and so do short ones after them', async () => {
  const lengths = [63, 64, 65, 20_000, 1_200_000]
  for (const sign of ['a', 'ü', '€', '😀']) {
    const values = [...lengths.map((length) => sign.repeat(length)), null, sign, '']
    expect(await asRead('text', textArray(values), 'item')).toEqual(values)
  }
  expect(await asRead('text', textArray(['short', null]), 'item')).toEqual(['short', null])
  expect(await asRead('text', textArray([]), 'item')).toEqual([])
})

test('bytes arrive as they are', async () => {
  await fc.assert(
    fc.asyncProperty(maybe(fc.uint8Array({ maxLength: 100 })), async (values) => {
      const expected = values.map((value) => (value === null ? null : Buffer.from(value).toString('hex')))
      expect(await asRead('bytea', byteaArray(values), `encode(item, 'hex')`)).toEqual(expected)
    }),
    { numRuns: 40 },
  )
})

test('numbers arrive to the last digit', async () => {
  await fc.assert(
    fc.asyncProperty(
      maybe(fc.integer()),
      maybe(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
      maybe(fc.double({ noNaN: true, noDefaultInfinity: true })),
      async (small, large, real) => {
        const text = (value: unknown) => (value === null ? null : String(value))
        expect(await asRead('int4', int4Array(small), 'item::text')).toEqual(small.map(text))
        expect(await asRead('int8', int8Array(large), 'item::text')).toEqual(large.map(text))
        const read = await asRead('float8', float8Array(real), 'item::text')
        expect(read.map((value) => (value === null ? null : Number(value)))).toEqual(real)
      },
    ),
    { numRuns: 40 },
  )
})

test('JSON arrives with its shape', async () => {
  const values = [{ a: [1, null, 'ü"\\'] }, 'text', null, 3]
  const encoded = jsonbArray(values.map((value) => (value === null ? null : JSON.stringify(value))))
  const read = await asRead('jsonb', encoded, 'item::text')
  expect(read.map((value) => (value === null ? null : JSON.parse(value)))).toEqual(values)
})

test('a text that PostgreSQL refuses is refused as data', async () => {
  await expect(asRead('text', textArray(['a\0b']), 'item')).rejects.toMatchObject({ code: '22021' })
})
