import { expect, test } from 'vitest'
import { ms } from '../../src/store/milliseconds.ts'
import { testDatabase } from '../database.ts'

test('a time in milliseconds is the nearest number to what the column holds', async () => {
  await using database = await testDatabase()
  const { rows } = await database.db.query<{ count: number; different: number }>(
    `select count(*)::int as count,
       count(*) filter (where ${ms('at')} is distinct from (extract(epoch from at) * 1000)::float8)::int as different
     from (select timestamptz '1970-01-01' + random() * interval '200 years' as at from generate_series(1, 20000)
       union all select null
       union all select timestamptz '2026-11-22 12:00:00' + micro * interval '1 us' as at
       from generate_series(1, 20000) as micro) times`,
  )
  expect(rows).toEqual([{ count: 40_001, different: 0 }])
})
