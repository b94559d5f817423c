/** The list of processes, as health, the doctor and the start read it. */
import { expect, it } from 'vitest'
import { listInstances } from '../../src/store/instances.ts'
import { testDatabase } from '../database.ts'

it('a process that lives is listed, whatever came and went after it', async () => {
  await using database = await testDatabase()
  const { db } = database
  await db.query(
    `insert into becket.instance (id, roles, release, configuration, token_key, host, pid)
     values ('ins_0', '{api}', '1', 'c', 'k', 'h', 1)`,
  )
  await db.query(
    `insert into becket.instance (id, roles, release, configuration, token_key, host, pid, seen_at)
     select 'ins_' || lpad(n::text, 4, '0') || 'x', '{worker}', '1', 'c', 'k', 'h', n, clock_timestamp() - interval '1 min'
     from generate_series(1, 150) n`,
  )
  const listed = await listInstances(db)
  expect(listed).toHaveLength(100)
  expect([listed[0]?.pid, listed.at(-1)?.id]).toEqual([150, 'ins_0'])
})
