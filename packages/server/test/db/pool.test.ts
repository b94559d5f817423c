import { connect, createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { createPool } from '../../src/db/pool.ts'
import { listenOn } from '../chaos/listen-on.ts'
import { type TestDatabase, testDatabase } from '../database.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.drop())

describe('values', () => {
  test('whole numbers are numbers while exact, text beyond; days are text', async () => {
    const { rows } = await database.db.query(
      `select 9007199254740991::int8 as safe, 9007199254740993::int8 as beyond, array[1, null]::int8[] as list, date '2026-02-28' as day`,
    )
    expect(rows[0]).toEqual({ safe: 9007199254740991, beyond: '9007199254740993', list: [1, null], day: '2026-02-28' })
  })
})

describe('a transaction', () => {
  test('does what was left for its end before the commit, and undoes all if that fails', async () => {
    const { db } = database
    await db.query('create table last_work (said text)')
    await db.tx(async (tx) => {
      tx.beforeCommit(async () => {
        await tx.query(`insert into last_work values ('one')`)
        tx.beforeCommit(async () => void (await tx.query(`insert into last_work values ('two')`)))
      })
      expect((await tx.query('select from last_work')).count).toBe(0)
    })
    const failing = db.tx(async (tx) => {
      await tx.query(`insert into last_work values ('three')`)
      tx.beforeCommit(() => Promise.reject(new Error('the last work failed')))
    })
    await expect(failing).rejects.toThrow('the last work failed')
    expect((await db.query('select said from last_work order by said')).rows).toEqual([
      { said: 'one' },
      { said: 'two' },
    ])
  })

  test('runs its hooks in order after the commit, and not after a rollback', async () => {
    const { db } = database
    const seen: string[] = []
    await db.tx(async (tx) => {
      tx.afterCommit(() => seen.push('first'))
      tx.afterCommit(() => seen.push('second'))
      expect(seen).toEqual([])
    })
    await expect(
      db.tx(async (tx) => {
        tx.afterCommit(() => seen.push('never'))
        throw new Error('changed my mind')
      }),
    ).rejects.toThrow('changed my mind')
    expect(seen).toEqual(['first', 'second'])
  })

  test('that swallowed a failed statement is an error, since PostgreSQL rolled it back', async () => {
    const { db } = database
    const hook: string[] = []
    const outcome = db.tx(async (tx) => {
      tx.afterCommit(() => hook.push('ran'))
      await tx.query('select 1 / 0').catch(() => {})
    })
    await expect(outcome).rejects.toThrow('rolled back')
    expect(hook).toEqual([])
  })

  test('carries its limits only inside itself', async () => {
    const db = createPool({ url: database.url, max: 1, statementTimeoutMs: 1234 })
    const limit = 'select setting from pg_settings where name = $1'
    const inside = await db.tx((tx) => tx.query(limit, ['statement_timeout']))
    const outside = await db.query(limit, ['statement_timeout'])
    await db.close()
    expect([inside.rows, outside.rows]).toEqual([[{ setting: '1234' }], [{ setting: '0' }]])
  })

  test('is stopped by the server at its statement limit, and the connection serves again', async () => {
    const db = createPool({ url: database.url, max: 1, statementTimeoutMs: 50 })
    await expect(db.tx((tx) => tx.query('select pg_sleep(10)'))).rejects.toMatchObject({ code: '57014' })
    expect((await db.query('select 1 as one')).rows).toEqual([{ one: 1 }])
    await db.close()
  })
})

describe('a broken connection', () => {
  test('inside a transaction fails it by name, and the pool recovers', async () => {
    const db = createPool({ url: database.url, max: 1 })
    const outcome = db.tx(async (tx) => {
      const { rows } = await tx.query<{ pid: number }>('select pg_backend_pid() as pid')
      await database.db.query('select pg_terminate_backend($1, 5000)', [rows[0]?.pid])
      await tx.query('select 1')
    })
    await expect(outcome).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE', retryable: true })
    expect((await db.query('select 1 as one')).rows).toEqual([{ one: 1 }])
    await db.close()
  })

  test('while idle is replaced without anybody noticing', async () => {
    let noticed: () => void = () => {}
    const broken = new Promise<void>((resolve) => {
      noticed = resolve
    })
    const log = { info() {}, warn: () => noticed(), error() {} }
    const db = createPool({ url: database.url, max: 1, log })
    const { rows } = await db.query<{ pid: number }>('select pg_backend_pid() as pid')
    await database.db.query('select pg_terminate_backend($1, 5000)', [rows[0]?.pid])
    await broken
    expect((await db.query('select 1 as one')).rows).toEqual([{ one: 1 }])
    await db.close()
  })

  test('at connecting is named, with the password masked', async () => {
    const db = createPool({ url: 'postgres://becket:hush@127.0.0.1:1/becket' })
    const error = await db.query('select 1').catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'DATABASE_UNREACHABLE' })
    expect(String(error)).toContain('postgres://becket:***@127.0.0.1:1/becket')
    expect(String(error)).not.toContain('hush')
    await db.close()
  })
})

describe('the schema', () => {
  test('is put where the SQL says becket', async () => {
    const db = createPool({ url: database.url, schema: 'tenant_a' })
    await expect(db.query('select from becket.job')).rejects.toThrow('relation "tenant_a.job" does not exist')
    await db.close()
  })

  test('must be a plain name', () => {
    expect(() => createPool({ url: database.url, schema: 'a"; drop' })).toThrow('not a usable name')
  })
})

test('closing twice is closing once, and using a closed pool says so', async () => {
  const db = createPool({ url: database.url })
  await db.query('select 1')
  await Promise.all([db.close(), db.close()])
  await expect(db.query('select 1')).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' })
})

test('closing ends when the last connection is closed, so that the database may end next', async () => {
  const { url, toldToClose, letClose } = await holdingRelay(database.url)
  const db = createPool({ url })
  await db.query('select 1')
  let isClosed = false
  const closed = db.close().then(() => {
    isClosed = true
  })
  await toldToClose
  expect(isClosed).toBe(false)
  letClose()
  await closed
})

/** Passes everything on to the database, but what tells it to close the connection only when it is let. */
async function holdingRelay(databaseUrl: string) {
  const to = new URL(databaseUrl)
  let letClose = () => {}
  const mayClose = new Promise<void>((resolve) => {
    letClose = resolve
  })
  let sayTold = () => {}
  const toldToClose = new Promise<void>((resolve) => {
    sayTold = resolve
  })
  const server = createServer((client) => {
    const upstream = connect(Number(to.port), to.hostname)
    upstream.pipe(client)
    client.on('data', (data) => {
      // `X` begins the message Terminate.
      if (data[0] !== 0x58) return upstream.write(data)
      sayTold()
      return mayClose.then(() => upstream.write(data))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the relay listens on no port')
  const url = new URL(databaseUrl)
  url.hostname = '127.0.0.1'
  url.port = String(address.port)
  return { url: url.href, toldToClose, letClose }
}

test('a connection that dies in the moment it is handed out fails its use, and not the process', async () => {
  // A login that succeeds and a server that ends, in one packet: authenticated, ready, FATAL 57P01.
  const fatal = Buffer.from('SFATAL\0VFATAL\0C57P01\0Mterminating connection\0\0')
  const answer = Buffer.concat([
    Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0, 0x5a, 0, 0, 0, 5, 0x49, 0x45, 0, 0, 0, fatal.length + 4]),
    fatal,
  ])
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', () => socket.end(answer))
  })
  const port = await listenOn(server)
  const db = createPool({ url: `postgres://becket@127.0.0.1:${port}/becket` })
  onTestFinished(async () => {
    await db.close()
    server.close()
  })
  await expect(db.query('select 1')).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' })
})
