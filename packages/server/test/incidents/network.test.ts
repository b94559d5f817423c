/** Incidents of ways that led nowhere: what a probe says that goes there, rung by rung. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { createTokenKeys } from '../../src/core/callback-token.ts'
import { answerSelfTest } from '../../src/core/self-test.ts'
import { probeCallback } from '../../src/doctor/probes/callback.ts'
import { chooseCandidate } from '../../src/doctor/probes/candidates.ts'
import { probeDatabase } from '../../src/doctor/probes/database.ts'
import { above, climbOne, createProbeBench, of, refusedPort, signal } from '../doctor/probes-bench.ts'
import { setup } from '../http/setup.ts'

const bench = createProbeBench()
const keys = createTokenKeys([{ id: 'k1', key: Buffer.alloc(32, 1) }])
const others = createTokenKeys([{ id: 'k1', key: Buffer.alloc(32, 2) }])

/** A name with IPv6 addresses only, and a host without any way there. */
const withoutIpv6 = {
  resolve: async (_host: string, family: 4 | 6) => (family === 6 ? ['2001:db8::1'] : []),
  connect: () => {
    const socket = new Socket()
    queueMicrotask(() => socket.emit('error', Object.assign(new Error('ENETUNREACH'), { code: 'ENETUNREACH' })))
    return socket
  },
}
const direct = 'postgres://postgres:test-password@db.abcdefghijklmnopqrst.supabase.co:5432/postgres'

/** Speaks no TLS, and answers each login with one refusal. */
async function refusing(state: string, message: string): Promise<string> {
  const port = await bench.listening((socket) => {
    socket.on('data', (chunk) => void (chunk.length === 8 ? socket.write('N') : socket.end(refusal(state, message))))
  })
  return `postgres://postgres:wrong-test-password@127.0.0.1:${port}/postgres`
}

function refusal(state: string, message: string): Buffer {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C${state}\0M${message}\0\0`)
  const head = Buffer.alloc(5)
  head.write('E')
  head.writeInt32BE(fields.length + 4, 1)
  return Buffer.concat([head, fields])
}

describe('a database', () => {
  test('A-011: that has only IPv6 addresses is told to a worker that has no way there, before it starts', async () => {
    const ladder = await climbOne(direct, withoutIpv6)
    expect(of(ladder, 'connect')).toMatchObject({
      status: 'fail',
      code: 'DB01',
      evidence: expect.stringMatching(/no IPv4 address, and this machine has no way out over IPv6/),
      remedy: expect.stringMatching(/session pooler’s address \(port 5432\)/),
    })
    expect(above(ladder, 'connect')).toEqual(['unknown'])
  })

  test('N-unreachable: that cannot be reached is told with the candidate that can', async () => {
    const { url } = await bench.database()
    const at = new URL(url)
    const { hostname } = at
    at.hostname = 'pooler.acme.app'
    const ladders = await probeDatabase(direct, {
      signal,
      candidates: [at.href],
      resolve: async (host, family) =>
        host === 'pooler.acme.app' ? (family === 4 ? [hostname] : []) : withoutIpv6.resolve(host, family),
      deadlines: { connectMs: 300 },
    })
    expect(chooseCandidate(ladders)).toMatchObject({
      status: 'fail',
      evidence: expect.stringMatching(/database does not: connect fail; candidate 1 works/),
      remedy: expect.stringContaining('candidate 1'),
    })
  })

  test('A-020: that refuses the login is told from one that cannot be reached', async () => {
    const ladder = await climbOne(await refusing('28P01', 'SCRAM authentication failed'))
    expect(of(ladder, 'connect')?.status).toBe('pass')
    expect(of(ladder, 'authenticate')).toMatchObject({ status: 'fail', code: 'KEY01' })
    expect(of(ladder, 'authenticate')?.remedy).toMatch(/password|user/)
  })

  test('A-026: that refuses the same password again is not asked a second time', async () => {
    const url = await refusing('28P01', 'password authentication failed')
    const [first, second] = await probeDatabase(url, { signal, candidates: [`${url}2`] })
    expect(first && of(first, 'authenticate')).toMatchObject({ status: 'fail', code: 'KEY01' })
    expect(second && of(second, 'authenticate')).toMatchObject({
      status: 'unknown',
      evidence: expect.stringMatching(/same password/),
    })
  })

  test('C-004: that speaks no TLS is told where its address demands it', async () => {
    const ladder = await climbOne(`${await refusing('28P01', 'never asked')}?sslmode=require`)
    expect(ladder.reports.filter(({ status }) => status === 'fail')).toMatchObject([
      { code: 'DB08', remedy: expect.stringMatching(/sslmode/) },
    ])
  })
})

/** What `publicUrl` leads to. */
async function answering(answer: number | 'another installation' | 'nobody'): Promise<string> {
  if (answer === 'nobody') return `http://127.0.0.1:${await refusedPort()}`
  if (answer === 'another installation') {
    const selfTest = (question: string) => answerSelfTest(others, question, Date.now())
    const { app, listen } = await setup({ intake: { receive: async () => ({ status: 200, body: null }), selfTest } })
    bench.onEnd(() => app.close())
    return (await listen()).origin
  }
  const server = createServer((_, response) => response.writeHead(answer).end()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  bench.onEnd(async () => server.close())
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
}

describe('an address for callbacks', () => {
  test.each<[string, Parameters<typeof answering>[0], RegExp, RegExp]>([
    [
      'A-028: that leads to another installation is told by the key that it does not know',
      'another installation',
      /does not know this key/,
      /another environment/,
    ],
    [
      'A-038-2: where requests never arrive is told before any code is blamed',
      'nobody',
      /refused/,
      /Nothing listens there/,
    ],
    ['N-port: of a process that listens elsewhere is told', 'nobody', /refused/, /correct the port/],
    [
      'B-005a: that a gateway answers with 503 is told',
      503,
      /503 was answered, and not by Becket/,
      /what it passes on/,
    ],
    ['C-016: where the route takes no POST is told', 405, /405 was answered/, /POST is not let through/],
    ['C-017: where an older process answers is told as not this one', 404, /not by Becket/, /Something else answers/],
  ])('%s', async (_name, answer, evidence, remedy) => {
    const publicUrl = await answering(answer)
    const reports = await probeCallback(publicUrl, keys, { signal, environment: 'development', limitMs: 2_000 })
    expect(reports.at(-1)).toMatchObject({
      rung: 'self-test',
      status: 'fail',
      code: 'HK02',
      evidence: expect.stringMatching(evidence),
      remedy: expect.stringMatching(remedy),
    })
  })
})
