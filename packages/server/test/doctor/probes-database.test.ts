/** The ladder to a database, climbed against real servers of which each fails in its own way. */
import { Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { type DatabaseProbeOptions, probeDatabase } from '../../src/doctor/probes/database.ts'
import { above, climbOne, createProbeBench, failures, of, refusedPort, rungs, signal } from './probes-bench.ts'

const bench = createProbeBench()
const everything = { preparedStatements: true, listen: true, advisoryLocks: true }

describe('a database that is well', () => {
  test('passes every rung, and is called direct', async () => {
    const { url } = await bench.database()
    const startedMs = performance.now()
    const ladder = await climbOne(url, { mode: everything, wantedConnections: 10 })
    expect(rungs(ladder)).toEqual(
      [
        'resolve',
        'connect',
        'ssl request',
        'certificate',
        'authenticate',
        'query',
        'mode',
        'rights',
        'connections',
        'clock',
      ].map((rung) => `${rung} pass`),
    )
    expect(ladder).toMatchObject({ works: true, kind: 'direct' })
    expect(performance.now() - startedMs).toBeLessThan(5_000)
  })

  test('is called embedded where it is our own', async () => {
    const { url } = await bench.database()
    expect(await climbOne(url, { embedded: true })).toMatchObject({ works: true, kind: 'embedded' })
  })
})

describe('the way there', () => {
  test('a name without an address is told from a resolver that is away', async () => {
    const failing = (code: string) => async () => {
      throw Object.assign(new Error(code), { code })
    }
    const url = 'postgres://u:test-password@nowhere.example.org/d'
    const unknownName = await climbOne(url, { resolve: failing('ENOTFOUND') })
    const noResolver = await climbOne(url, { resolve: failing('EAI_AGAIN') })
    expect(of(unknownName, 'resolve')).toMatchObject({
      status: 'fail',
      code: 'NET01',
      remedy: expect.stringMatching(/spelling/),
    })
    expect(of(noResolver, 'resolve')).toMatchObject({
      status: 'fail',
      code: 'NET01',
      remedy: expect.stringMatching(/DNS/),
    })
    expect(above(unknownName, 'resolve')).toEqual(['unknown'])
  })

  test('a refused port is told, and nothing above it is said to be well', async () => {
    const ladder = await climbOne(`postgres://u:test-password@127.0.0.1:${await refusedPort()}/d`)
    expect(of(ladder, 'connect')).toMatchObject({
      status: 'fail',
      code: 'NET01',
      evidence: expect.stringMatching(/ECONNREFUSED/),
    })
    expect(above(ladder, 'connect')).toEqual(['unknown'])
    expect(ladder.works).toBe(false)
  })

  test('a port that takes connections and never speaks does not hold the examination up', async () => {
    const port = await bench.listening(() => {})
    const ladder = await climbOne(`postgres://u:test-password@127.0.0.1:${port}/d`, { deadlines: { tlsMs: 100 } })
    expect(of(ladder, 'connect')?.status).toBe('pass')
    expect(of(ladder, 'ssl request')).toMatchObject({
      status: 'fail',
      code: 'NET01',
      evidence: expect.stringMatching(/said nothing/),
    })
    expect(above(ladder, 'ssl request')).toEqual(['unknown'])
  })

  test('something else than PostgreSQL is recognised', async () => {
    const port = await bench.listening((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    const ladder = await climbOne(`postgres://u:test-password@127.0.0.1:${port}/d`)
    expect(of(ladder, 'ssl request')).toMatchObject({
      status: 'fail',
      evidence: expect.stringMatching(/no PostgreSQL/),
    })
  })

  test.each([
    ['db.abcdefghijkl.supabase.co', 5432, 'DB01'],
    ['db.abcdefghijkl.supabase.co', 6543, 'DB07'],
  ])('%s on port %d with IPv6 addresses only, and no way there, is %s', async (host, port, code) => {
    const ladder = await climbOne(`postgres://postgres:test-password@${host}:${port}/postgres`, {
      resolve: async (_, family) => (family === 6 ? ['2001:db8::1'] : []),
      connect: failingConnect('ENETUNREACH'),
    })
    expect(of(ladder, 'resolve')?.evidence).toMatch(/AAAA 2001:db8::1/)
    expect(failures(ladder)).toEqual([`connect ${code}`])
    expect(of(ladder, 'connect')?.evidence).toMatch(/no IPv4 address/)
  })

  test('a family that is broken behind one that works is told, and the login goes by the other', async () => {
    const { url } = await bench.database()
    const at = new URL(url)
    at.hostname = 'database.example.org'
    const ladder = await climbOne(at.href, {
      // ::2 is nobody's: the kernel has no route to it, or drops it.
      resolve: async (_, family) => (family === 6 ? ['::2'] : ['127.0.0.1']),
      deadlines: { connectMs: 300 },
    })
    expect(failures(ladder)).toEqual(['connect NET02'])
    expect(ladder.works).toBe(true)
  })
})

describe('what is allowed', () => {
  test('a role that may not log in with this password is told, and asked once only', async () => {
    let logins = 0
    const port = await bench.listening((socket) => {
      socket.on('data', (chunk) => {
        if (chunk.length === 8) return void socket.write('N')
        logins += 1
        socket.end(errorMessage('28P01', 'password authentication failed for user "u"'))
      })
    })
    const url = `postgres://u:wrong-test-password@127.0.0.1:${port}/d`
    const [first, second] = await probeDatabase(url, { signal, candidates: [`${url}2`] })
    if (first === undefined || second === undefined) throw new Error('no ladders')
    expect(of(first, 'authenticate')).toMatchObject({ status: 'fail', code: 'KEY01' })
    expect(of(second, 'authenticate')).toMatchObject({
      status: 'unknown',
      evidence: expect.stringMatching(/same password/),
    })
    expect(logins).toBe(1)
    expect(JSON.stringify([first, second])).not.toContain('wrong-test-password')
  })

  test('a real server that refuses the password is told from one that cannot be reached', async () => {
    const at = new URL((await bench.database()).url)
    at.password = 'wrong-test-password'
    const ladder = await climbOne(at.href)
    expect(failures(ladder)).toEqual(['authenticate KEY01'])
    expect(above(ladder, 'authenticate')).toEqual(['unknown'])
    expect(JSON.stringify(ladder)).not.toContain('wrong-test-password')
  })

  test('a database that is not there is told', async () => {
    const { url } = await bench.database()
    const at = new URL(url)
    at.pathname = '/no_such_database'
    const ladder = await climbOne(at.href)
    expect(failures(ladder)).toEqual(['authenticate DB12'])
  })

  test('a read-only database is told, with what makes it writable', async () => {
    const { db, url } = await bench.database()
    const name = new URL(url).pathname.slice(1)
    await db.query(`alter database ${name} set default_transaction_read_only = on`)
    const ladder = await climbOne(url)
    expect(failures(ladder)).toEqual(['rights DB12'])
    expect(of(ladder, 'rights')?.remedy).toContain(`alter database "${name}" reset default_transaction_read_only`)
    expect(ladder.works).toBe(false)
  })

  test.each([
    ['uses', 'revoke all on schema becket from public', /may not use/],
    ['reads and writes', 'grant usage, create on schema becket to', /may not read and write/],
  ])('a role that no longer %s the schema is told, with the grant', async (_, sql, evidence) => {
    const { db, url } = await bench.database()
    const role = `r_${new URL(url).pathname.slice(-8)}`
    await db.query(`create role ${role} login password 'test-key'`)
    await db.query(sql.endsWith(' to') ? `${sql} ${role}` : sql)
    const at = new URL(url)
    at.username = role
    at.password = 'test-key'
    try {
      const ladder = await climbOne(at.href)
      expect(of(ladder, 'rights')).toMatchObject({
        status: 'fail',
        code: 'DB12',
        evidence: expect.stringMatching(evidence),
      })
      expect(of(ladder, 'rights')?.remedy).toMatch(new RegExp(`grant .* to "${role}"`))
    } finally {
      await db.query(`drop owned by ${role}; drop role ${role}`)
    }
  })

  test('pools that are larger than the database allows are told, and the URL works all the same', async () => {
    const { url } = await bench.database()
    const ladder = await climbOne(url, { wantedConnections: 100_000 })
    expect(failures(ladder)).toEqual(['connections DB11'])
    expect(ladder.works).toBe(true)
  })

  test('a clock that is off is told', async () => {
    const { url } = await bench.database()
    const ladder = await climbOne(url, { now: () => Date.now() - 600_000 })
    expect(failures(ladder)).toEqual(['clock CLK01'])
    expect(of(ladder, 'clock')?.evidence).toMatch(/10 min ahead/)
  })
})

test('an examination that is over answers unknown, not well', async () => {
  const { url } = await bench.database()
  const ladder = await climbOne(url, { signal: AbortSignal.abort() })
  expect(new Set(ladder.reports.map(({ status }) => status))).toEqual(new Set(['unknown']))
})

test('no report holds the password, however it is written', async () => {
  const password = 'canary/pass:word+1'
  const port = await bench.listening((socket) => {
    socket.on('data', (chunk) => {
      if (chunk.length === 8) return void socket.write('N')
      const words = [password, encodeURIComponent(password), Buffer.from(password).toString('base64')].join(' ')
      socket.end(errorMessage('XX000', `bad login with ${words}`))
    })
  })
  const ladder = await climbOne(`postgres://u:${encodeURIComponent(password)}@127.0.0.1:${port}/d`)
  const told = JSON.stringify(ladder)
  expect(of(ladder, 'authenticate')?.evidence).toMatch(/bad login/)
  for (const form of [password, encodeURIComponent(password), Buffer.from(password).toString('base64')]) {
    expect(told).not.toContain(form)
  }
})

/** A socket that fails as the system's own does. */
function failingConnect(code: string): NonNullable<DatabaseProbeOptions['connect']> {
  return () => {
    const socket = new Socket()
    queueMicrotask(() => socket.emit('error', Object.assign(new Error(code), { code })))
    return socket
  }
}

/** An ErrorResponse of PostgreSQL's protocol. */
function errorMessage(state: string, message: string): Buffer {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C${state}\0M${message}\0\0`)
  const head = Buffer.alloc(5)
  head.write('E')
  head.writeInt32BE(fields.length + 4, 1)
  return Buffer.concat([head, fields])
}
