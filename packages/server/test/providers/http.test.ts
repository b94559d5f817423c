/** The configured provider over real HTTP: its status address, and the address of the output. */
import type { FastifyReply } from 'fastify'
import { describe, expect, test } from 'vitest'
import { httpProvider } from '../../src/providers/http/http.ts'
import { createBench, expected, signal } from './bench.ts'

const bench = createBench()

const read = { output: '/url' }

async function checking(status: number, body: unknown, check: Record<string, unknown> = {}) {
  const seen: unknown[] = []
  const { baseUrl } = await bench.fake((app) => {
    app.all('/*', ({ method, url, headers }, reply) => {
      seen.push(`${method} ${url} ${headers['x-api-key']}`)
      return reply.code(status).send(body)
    })
  })
  const written = { url: '/{operation}/{externalId}', status: '/s', succeeded: ['done'], failed: ['bad'], ...check }
  const options = { read, check: written, keyHeader: 'X-API-Key' }
  return { source: bench.source(httpProvider, { baseUrl, options }), seen }
}

describe('the status address', () => {
  test.each<[number, unknown, Record<string, unknown>, object]>([
    [200, { s: 'done', o: 1 }, { output: '/o' }, { kind: 'outcome', outcome: { verdict: 'succeeded', output: 1 } }],
    [200, { s: 'bad', e: 'why' }, { error: '/e' }, { kind: 'outcome', outcome: { error: { message: 'why' } } }],
    [200, { s: 'whatever' }, {}, { kind: 'pending' }],
    [200, { s: 'busy' }, { pending: ['busy'] }, { kind: 'pending' }],
    [
      200,
      { s: 'whatever' },
      { pending: ['busy'] },
      { kind: 'unavailable', reason: expect.stringContaining('whatever') },
    ],
    [
      200,
      { s: 'done', id: 'j2' },
      { externalId: '/id' },
      { kind: 'unavailable', reason: expect.stringContaining('other work') },
    ],
    [200, 'fine', {}, { kind: 'unavailable' }],
    [404, {}, {}, { kind: 'missing' }],
    [500, {}, {}, { kind: 'unavailable' }],
    [403, {}, {}, { kind: 'unavailable', reason: expect.stringContaining('keyHeader') }],
  ])('%d %j read by %j', async (status, body, check, answer) => {
    const { source } = await checking(status, body, check)
    expect(await source.check?.(expected, signal)).toMatchObject(answer)
  })

  test('is asked as configured, with the key in its header', async () => {
    const { source, seen } = await checking(200, {}, { method: 'POST' })
    await source.check?.(expected, signal)
    expect(seen).toEqual(['POST /parse/j1 test-key'])
  })

  test('is not asked about work whose id is not known', async () => {
    const { source, seen } = await checking(200, {})
    expect(await source.check?.({ ...expected, externalId: null }, signal)).toMatchObject({
      kind: 'unavailable',
      reason: '{externalId} is not known yet',
    })
    expect(seen).toEqual([])
  })

  test('may be missing, as may everything but `read`', async () => {
    const source = bench.source(httpProvider, { options: { read } })
    expect(source.check).toBeUndefined()
    expect(source.submit).toBeUndefined()
    expect(await source.artifact?.(expected, signal)).toMatchObject({ kind: 'unavailable' })
  })
})

describe('the output’s address', () => {
  const atMs = Date.parse('2026-11-22T12:00:00Z')
  const wanted = { ...expected, submittedAtMs: atMs }

  async function looking(answer: (method: string, reply: FastifyReply) => FastifyReply, method?: 'GET') {
    const seen: string[] = []
    const { baseUrl } = await bench.fake((app) => {
      app.route({
        method: ['GET', 'HEAD'],
        url: '/*',
        handler: (request, reply) => {
          const key = request.headers.authorization === undefined ? '' : ' with key'
          seen.push(`${request.method} ${request.url}${key}`)
          return answer(request.method, reply)
        },
      })
    })
    const options = { read, artifact: { url: `${baseUrl}/files/{externalId}.mp4`, ...(method && { method }) } }
    return { source: bench.source(httpProvider, { baseUrl, options }), seen, baseUrl }
  }

  test('a file that is there is found without being read', async () => {
    const { source, seen, baseUrl } = await looking((_, reply) =>
      reply.headers({ 'content-length': '7', 'content-type': 'video/mp4', etag: '"e"' }).send('1234567'),
    )
    expect(await source.artifact?.(wanted, signal)).toEqual({
      kind: 'found',
      output: { url: `${baseUrl}/files/j1.mp4`, bytes: 7, contentType: 'video/mp4', etag: '"e"', lastModified: null },
    })
    expect(seen).toEqual(['HEAD /files/j1.mp4 with key'])
  })

  test.each<[string, (method: string, reply: FastifyReply) => FastifyReply]>([
    ['nothing', (_, reply) => reply.code(404).send()],
    ['an empty file', (_, reply) => reply.header('content-length', '0').send()],
    ['an empty file that is read', (method, reply) => reply.code(method === 'HEAD' ? 405 : 416).send()],
    ['a 400 that says 404 inside', (_, reply) => reply.code(400).send({ statusCode: '404', error: 'not_found' })],
    [
      'what was there before the work began',
      (_, reply) => reply.header('last-modified', 'Sun, 22 Nov 2026 11:58:00 GMT').send('old'),
    ],
  ])('%s is missing', async (_, answer) => {
    const { source } = await looking(answer)
    expect(await source.artifact?.(wanted, signal)).toEqual({ kind: 'missing' })
  })

  test('a date without milliseconds, and a clock that is a little off, do not hide new output', async () => {
    const { source } = await looking((_, reply) =>
      reply.header('last-modified', 'Sun, 22 Nov 2026 11:59:30 GMT').send('new'),
    )
    expect(await source.artifact?.(wanted, signal)).toMatchObject({ kind: 'found', output: { bytes: 3 } })
  })

  test('a store that takes no HEAD is asked for the first byte', async () => {
    const { source, seen } = await looking((method, reply) =>
      method === 'HEAD' ? reply.code(403).send() : reply.code(206).header('content-range', 'bytes 0-0/900').send('x'),
    )
    expect(await source.artifact?.(wanted, signal)).toMatchObject({ kind: 'found', output: { bytes: 900 } })
    expect(seen).toHaveLength(2)
  })

  test('a store that ignores ranges is not read to the end', async () => {
    const { source } = await looking((_, reply) => reply.send(Buffer.alloc(5_000_000)), 'GET')
    expect(await source.artifact?.(wanted, signal)).toMatchObject({ kind: 'found', output: { bytes: null } })
  })

  test.each([403, 500])('%d says nothing about the file', async (status) => {
    const { source } = await looking((_, reply) => reply.code(status).send())
    expect(await source.artifact?.(wanted, signal)).toMatchObject({ kind: 'unavailable' })
  })

  test('an address that a caller registered comes first, and gets no key', async () => {
    const { source, seen, baseUrl } = await looking((_, reply) => reply.send('x'))
    const artifactUrl = `${baseUrl}/other.mp4`
    const artifactBefore = { kind: 'absent' } as const
    const registered = { ...wanted, artifactUrl, artifactBefore }
    expect(await source.artifact?.(registered, signal)).toMatchObject({ kind: 'found' })
    expect(seen).toEqual(['HEAD /other.mp4'])
  })

  test('an address beside the allow list is not looked at, and the reason says what to do', async () => {
    const victim = await looking((_, reply) => reply.send('x'))
    const options = { read, artifact: { url: 'https://api.example.org/{externalId}.mp4' } }
    const source = bench.source(httpProvider, {
      baseUrl: 'https://api.example.org',
      allowOrigins: [],
      allowPrivate: true,
      options,
    })
    expect(await source.artifact?.({ ...wanted, artifactUrl: `${victim.baseUrl}/x` }, signal)).toMatchObject({
      kind: 'unavailable',
      reason: expect.stringContaining('`allow`'),
    })
    expect(victim.seen).toEqual([])
  })
})
