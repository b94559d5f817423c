/** The callback self-test against real servers: our own, one of another environment, and what proxies do. */

import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { describe, expect, test } from 'vitest'
import { createTokenKeys } from '../../src/core/callback-token.ts'
import { SELF_TEST_PATH } from '../../src/core/self-test.ts'
import { probeCallback } from '../../src/doctor/probes/callback.ts'
import { judgeCallbackAddress } from '../../src/doctor/probes/callback-address.ts'
import { createIntake } from '../../src/intake/receive.ts'
import { silentLog } from '../../src/observe/log.ts'
import { setup } from '../http/setup.ts'
import { createProbeBench, failures, of, refusedPort, rungs, signal } from './probes-bench.ts'

const bench = createProbeBench()
const keys = createTokenKeys([{ id: 'k1', key: Buffer.alloc(32, 1) }])
const others = createTokenKeys([{ id: 'k1', key: Buffer.alloc(32, 2) }])

async function becket(known = keys, takes = true): Promise<string> {
  const intake = createIntake({
    sources: new Map(),
    tokenKeys: known,
    publicUrl: () => 'http://localhost',
    // The self-test tells of the way, also while the database is away.
    store: () => Promise.reject(new Error('nothing is stored')),
    refusedBytesPerSource: 0,
    log: silentLog,
  })
  const made = await setup({ intake: takes ? intake : null })
  bench.onEnd(() => made.app.close())
  return (await made.listen()).origin
}

async function serverOf(answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  bench.onEnd(async () => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return `http://127.0.0.1:${address.port}`
}

async function examine(publicUrl: string, environment = 'development', limitMs = 2_000) {
  return { reports: await probeCallback(publicUrl, keys, { signal, environment, limitMs }) }
}

test('our own address passes', async () => {
  const found = await examine(await becket())
  expect(rungs(found)).toEqual(['resolve pass', 'address pass', 'self-test pass'])
})

test('an address below a path is asked there', async () => {
  const asked: string[] = []
  const at = await serverOf((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    response.writeHead(404).end()
  })
  await examine(`${at}/becket/`)
  expect(asked).toEqual([`POST /becket${SELF_TEST_PATH}`])
})

test.each<[string, () => Promise<string>, RegExp, RegExp]>([
  ['another installation', () => becket(others), /does not know this key/, /another installation/],
  ['an instance that takes no callbacks', () => becket(keys, false), /does not take callbacks/, /role `intake`/],
  ['a port where nobody listens', async () => `http://127.0.0.1:${await refusedPort()}`, /refused/, /Nothing listens/],
  [
    'a redirect that makes a GET of it',
    () => serverOf((_, response) => response.writeHead(302, { location: 'https://www.example.org/in' }).end()),
    /GET without its body/,
    /redirects to/,
  ],
  [
    'a redirect to another host that keeps it a POST',
    () => serverOf((_, response) => response.writeHead(308, { location: 'https://www.example.org/in' }).end()),
    /few providers follow/,
    /redirects to/,
  ],
  [
    'a login before it',
    () => serverOf((_, response) => response.writeHead(401).end('<html>')),
    /not by Becket/,
    /login/,
  ],
  [
    'a proxy without Becket behind it',
    () => serverOf((_, response) => response.writeHead(502).end()),
    /502/,
    /does not reach/,
  ],
  [
    'somebody who answers with anything',
    () => serverOf((_, response) => response.end('{"answer": "yes"}')),
    /not with this/,
    /BECKET_SERVER_KEY/,
  ],
  ['somebody who never answers', () => serverOf(() => {}), /deadline|no answer/, /.*/],
])('%s is told', async (_, start, evidence, remedy) => {
  const found = await examine(await start(), 'development', 400)
  expect(failures(found)).toEqual(['self-test HK02'])
  expect(of(found, 'self-test')?.evidence).toMatch(evidence)
  expect(of(found, 'self-test')?.remedy).toMatch(remedy)
})

test('a name that nobody knows is told, and nothing above it is well', async () => {
  const found = {
    reports: await probeCallback('https://becket.example.org', keys, {
      signal,
      environment: 'production',
      resolve: async () => {
        throw Object.assign(new Error('ENOTFOUND'), { code: 'ENOTFOUND' })
      },
    }),
  }
  expect(rungs(found)).toEqual(['resolve fail', 'address unknown', 'self-test unknown'])
})

test('in production an address of this machine is told, though it answers', async () => {
  const found = await examine(await becket(), 'production')
  expect(failures(found)).toEqual(['address HK01'])
  expect(of(found, 'self-test')?.status).toBe('pass')
})

test('the question is in no report, and answers nobody else', async () => {
  const questions: string[] = []
  const at = await serverOf((request, response) => {
    request.setEncoding('utf8').on('data', (text: string) => questions.push(text))
    request.on('end', () => response.writeHead(302, { location: `https://www.example.org/?${questions[0]}` }).end())
  })
  const found = await examine(at)
  expect(questions).toHaveLength(1)
  expect(JSON.stringify(found)).not.toContain(questions[0])
})

describe('the address alone', () => {
  const open = ['93.184.215.14']
  test.each<[string, string, string[], string | null]>([
    ['https://becket.example.org', 'production', open, null],
    ['http://becket.example.org', 'production', open, 'http, not https'],
    ['https://localhost:7400', 'production', ['127.0.0.1'], 'own address'],
    ['https://becket.internal', 'staging', ['10.0.0.5'], 'its own network'],
    ['https://becket.example.org', 'production', ['10.0.0.5'], 'leads to 10.0.0.5'],
    ['https://words.ngrok-free.app', 'production', open, 'a tunnel'],
    ['https://api-staging.example.org', 'production', open, 'a host of staging'],
    ['https://api-staging.example.org', 'staging', open, null],
    ['http://localhost:7400', 'development', ['127.0.0.1'], null],
    ['https://api-production.example.org', 'development', open, 'a host of production'],
  ])('%s in %s', (url, environment, addresses, wrong) => {
    const seen = judgeCallbackAddress({ url: new URL(url), environment, addresses })
    expect(seen.status).toBe(wrong === null ? 'pass' : 'fail')
    if (wrong !== null) expect(seen).toMatchObject({ code: 'HK01', evidence: expect.stringContaining(wrong) })
  })
})
