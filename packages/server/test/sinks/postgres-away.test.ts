import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { portOf } from '../outbound/wire.ts'
import { deliveryOf, resultWith } from './bench.ts'
import { createTables } from './postgres-tables.ts'

describe('a user’s table that cannot be reached', () => {
  const { db, open, setup } = createTables()
  const done = (id: string) => deliveryOf(resultWith({ id, key: id }))

  it('since its connections are cut off is tried again, and is there again the next time', async () => {
    const { deliver, rows, table } = await setup('id text primary key, status text')
    await deliver([done('job_1')])
    await db().query(
      `create function app.hang_up() returns trigger language plpgsql as
       $$ begin perform pg_terminate_backend(pg_backend_pid()); return new; end $$`,
    )
    await db().query(`create trigger once before insert on ${table} execute function app.hang_up()`)
    const answers = await deliver([done('job_2'), done('job_3')])
    expect(answers).toMatchObject([
      { kind: 'retry', error: { code: 'SQLSTATE_57P01' }, isFault: true },
      { kind: 'retry', isFault: true },
    ])
    await db().query(`drop trigger once on ${table}`)
    expect(await deliver([done('job_2')])).toMatchObject([{ kind: 'delivered' }])
    expect(await rows()).toHaveLength(2)
  })

  it('since the database is away is a fault of the sink, and no message has the password', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const port = portOf(server.address())
    await new Promise((resolve) => server.close(resolve))
    const { deliver } = open({ url: `postgres://user:test-key@127.0.0.1:${port}/app`, table: 'results' })
    const answers = await deliver([done('job_1'), done('job_2')])
    expect(answers).toMatchObject([
      { kind: 'retry', error: { code: 'DATABASE_UNREACHABLE', retryable: true }, isFault: true },
      { kind: 'retry', isFault: true },
    ])
    expect(JSON.stringify(answers)).not.toContain('test-key')
  })

  it('since somebody locks it is not waited for when the work is somebody else’s', async () => {
    const { deliver, table, rows } = await setup('id text primary key')
    const abort = new AbortController()
    await db().tx(async (tx) => {
      await tx.query(`lock table ${table} in exclusive mode`)
      const delivering = deliver([done('job_1')], abort.signal)
      for (let waiting = 0; waiting === 0; ) {
        const { rows: found } = await tx.query<{ n: number }>(
          'select count(*)::int as n from pg_locks where not granted and relation = $1::regclass',
          [table],
        )
        waiting = found[0]?.n ?? 0
      }
      abort.abort()
      expect(await delivering).toMatchObject([{ kind: 'later', afterMs: 0 }])
    })
    expect(await rows()).toEqual([])
  })
})
