/** Keys proved by one cheap request, over real HTTP and a real database. */
import { describe, expect, test } from 'vitest'
import { probeProvider, probeSink } from '../../src/doctor/probes/keys.ts'
import { createOutbound } from '../../src/outbound/http.ts'
import { elevenLabs } from '../../src/providers/elevenlabs/elevenlabs.ts'
import { llamaParse } from '../../src/providers/llamaparse/llamaparse.ts'
import { ncaToolkit } from '../../src/providers/nca-toolkit/nca-toolkit.ts'
import { openAi } from '../../src/providers/openai/openai.ts'
import { piApi } from '../../src/providers/piapi/piapi.ts'
import type { Provider } from '../../src/providers/provider.ts'
import { replicate } from '../../src/providers/replicate/replicate.ts'
import { airtableSink } from '../../src/sinks/airtable/airtable.ts'
import { postgresSink } from '../../src/sinks/postgres/postgres.ts'
import { createBench, signal } from '../providers/bench.ts'
import { createProbeBench } from './probes-bench.ts'

const bench = createBench()
const probes = createProbeBench()

/** Answers `good` to the path and header of each provider, and 401 to any other key. */
async function api(path: string, header: string, good = 'test-key') {
  const asked: string[] = []
  const { baseUrl } = await bench.fake((app) => {
    app.get('/*', (request, reply) => {
      asked.push(request.url)
      if (request.url.split('?', 1)[0] !== path) return reply.code(404).send({ message: 'no such route' })
      const given = String(request.headers[header] ?? '').replace(/^Bearer /, '')
      return given === good ? reply.send({}) : reply.code(401).send({ message: `the key ${given} is unknown` })
    })
  })
  return { baseUrl, asked }
}

function holder(provider: Provider, at: { baseUrl: string; apiKey?: string; options?: Record<string, unknown> }) {
  return { id: 'it', kind: provider.name, enabled: true, api: bench.source(provider, at) }
}

const withPing: [Provider, string, string, Record<string, unknown>][] = [
  [llamaParse as Provider, '/api/v1/projects', 'authorization', {}],
  [openAi as Provider, '/v1/models', 'authorization', {}],
  [ncaToolkit as Provider, '/v1/toolkit/authenticate', 'x-api-key', {}],
  [piApi as Provider, '/account/info', 'x-api-key', {}],
  [elevenLabs as Provider, '/v1/user', 'xi-api-key', {}],
  [replicate as Provider, '/v1/account', 'authorization', {}],
]

describe.each(withPing)('$name', (provider, path, header, options) => {
  test('a good key passes with one request', async () => {
    const { baseUrl, asked } = await api(path, header)
    const { reports, clock } = await probeProvider(holder(provider, { baseUrl, options }), { signal })
    expect(reports).toMatchObject([{ target: 'source it', rung: 'key', status: 'pass', code: 'KEY01' }])
    expect(asked).toEqual([path])
    expect(Math.abs(clock?.skewMs ?? Number.NaN)).toBeLessThan(2_000)
  })

  test('a wrong key is told, and not repeated', async () => {
    const { baseUrl } = await api(path, header)
    const source = holder(provider, { baseUrl, options, apiKey: 'canary-of-a-key' })
    const { reports } = await probeProvider(source, { signal, secrets: ['canary-of-a-key'] })
    expect(reports).toMatchObject([{ status: 'fail', code: 'KEY01', remedy: expect.stringContaining('`sources.it`') }])
    expect(JSON.stringify(reports)).not.toContain('canary-of-a-key')
  })

  test('what does not answer leaves it open', async () => {
    const { baseUrl } = await api('/elsewhere', header)
    const { reports } = await probeProvider(holder(provider, { baseUrl, options }), { signal })
    expect(reports).toMatchObject([{ status: 'unknown', evidence: expect.stringContaining('baseUrl') }])
  })
})

test('two keys that were swapped are both told', async () => {
  const one = await api('/v1/models', 'authorization', 'key-of-openai')
  const other = await api('/v1/account', 'authorization', 'key-of-replicate')
  const answers = await Promise.all([
    probeProvider(holder(openAi as Provider, { baseUrl: one.baseUrl, apiKey: 'key-of-replicate' }), { signal }),
    probeProvider(holder(replicate as Provider, { baseUrl: other.baseUrl, apiKey: 'key-of-openai' }), { signal }),
  ])
  expect(answers.map(({ reports }) => reports[0]?.status)).toEqual(['fail', 'fail'])
})

test.each<[string, Provider, number, object]>([
  ['ElevenLabs', elevenLabs as Provider, 401, { detail: { status: 'missing_permissions', message: 'user_read' } }],
  ['OpenAI', openAi as Provider, 403, { error: { message: 'Missing scopes: api.model.read' } }],
])('a key of %s that is held to certain uses is no wrong one', async (_, provider, status, body) => {
  const { baseUrl } = await bench.fake((app) => app.get('/*', (_request, reply) => reply.code(status).send(body)))
  const { reports } = await probeProvider(holder(provider, { baseUrl }), { signal })
  expect(reports).toMatchObject([{ status: 'pass', evidence: expect.stringContaining('certain uses') }])
})

test('a server that never answers is not waited for', async () => {
  const port = await probes.listening(() => {})
  const source = holder(openAi as Provider, { baseUrl: `http://127.0.0.1:${port}` })
  const { reports } = await probeProvider(source, { signal, limitMs: 100 })
  expect(reports).toMatchObject([{ status: 'unknown' }])
})

test('a provider without such a request is unknown, and so is one that is switched off', async () => {
  const none = { id: 'orders', kind: 'http', enabled: true, api: {} }
  const off = { id: 'off', kind: 'openai', enabled: false, api: { ping: async () => ({ kind: 'ok' as const }) } }
  const answers = await Promise.all([probeProvider(none, { signal }), probeProvider(off, { signal })])
  expect(answers.map(({ reports }) => reports[0]?.status)).toEqual(['unknown', 'unknown'])
})

describe('sinks', () => {
  const tools = {
    storage: undefined as never,
    link: async () => ({}) as never,
    chunks: async function* () {},
    pace: () => ({ take: async () => ({ granted: true, waitMs: 0 }), pause: async () => {} }),
    log: { debug() {}, info() {}, warn() {}, error() {} } as never,
    now: Date.now,
  }

  test.each([
    ['test-key', 'pass'],
    ['wrong-test-key', 'fail'],
  ])('Airtable with the key %s: %s', async (apiKey, status) => {
    const asked: string[] = []
    const { baseUrl } = await bench.fake((app) => {
      app.get('/*', (request, reply) => {
        asked.push(request.url)
        if (request.headers.authorization !== 'Bearer test-key') {
          return reply.code(401).send({ error: { type: 'AUTHENTICATION_REQUIRED', message: 'Invalid token' } })
        }
        return reply.send({ records: [] })
      })
    })
    const options = airtableSink.options.parse({ base: 'appAAAAAAAAAAAAAA', table: 'Videos' })
    const credentials = { header: 'authorization', value: `Bearer ${apiKey}` }
    const outbound = createOutbound({ source: 'sink:rows', baseUrl, credentials })
    bench.onEnd(() => outbound.close())
    const api = airtableSink.create({ id: 'rows', options, tools: { ...tools, outbound } })
    const { reports } = await probeSink({ id: 'rows', kind: 'airtable', enabled: true, api }, { signal })
    expect(reports).toMatchObject([{ target: 'sink rows', status, code: 'KEY01' }])
    expect(asked).toEqual(['/v0/appAAAAAAAAAAAAAA/Videos?maxRecords=1'])
  })

  test.each([
    [undefined, 'pass'],
    ['wrong-test-key', 'fail'],
  ])('PostgreSQL with the password %s: %s', async (password, status) => {
    const at = new URL((await probes.database()).url)
    if (password !== undefined) at.password = password
    const options = postgresSink.options.parse({ url: at.href, table: 'results', key: 'id', columns: { id: '/id' } })
    const api = postgresSink.create({ id: 'rows', options, tools: { ...tools, outbound: undefined as never } })
    bench.onEnd(async () => api.close?.())
    const { reports } = await probeSink({ id: 'rows', kind: 'postgres', enabled: true, api }, { signal })
    expect(reports).toMatchObject([{ status, code: 'KEY01' }])
    expect(JSON.stringify(reports)).not.toContain('wrong-test-key')
  })
})
