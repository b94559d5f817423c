/** The way out against real servers: slow, huge, hanging, resetting ones. */
import { createServer as createTcpServer, type LookupFunction } from 'node:net'
import { describe, expect, test } from 'vitest'
import { collect, createWire, get, portOf, say } from './wire.ts'

const wire = createWire()

describe('an ordinary request', () => {
  test('brings status, headers and body, and leaves one record', async () => {
    const { origin } = await wire.serve((_, response) => response.writeHead(201, { 'x-a': 'b' }).end('hello'))
    const { outbound, records } = wire.open({ baseUrl: origin })
    const answer = await outbound.request(get('/jobs?secret=1', { operation: 'parse' }))
    expect(answer).toMatchObject({ kind: 'answer', status: 201, body: Buffer.from('hello'), retryAfterMs: null })
    expect(answer.kind === 'answer' && answer.headers['x-a']).toBe('b')
    expect(records).toEqual([
      expect.objectContaining({
        source: 'test',
        operation: 'parse',
        method: 'GET',
        url: `${origin}/jobs?secret=[redacted]`,
        status: 201,
        fault: null,
        bytes: 5,
      }),
    ])
  })

  test('keeps its connections for the requests that follow', async () => {
    const { origin, seen } = await wire.serve(say('x'))
    const { outbound } = wire.open({ baseUrl: origin })
    for (let request = 0; request < 6; request++) await outbound.request(get('/'))
    // Two, not one: a connection counts as busy until the turn after its answer.
    expect(new Set(seen.map(({ socket }) => socket.remotePort)).size).toBeLessThanOrEqual(2)
  })

  test('sends a file byte for byte in multipart', async () => {
    const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, index) => index % 256))
    const arrived: Promise<FormData>[] = []
    const { origin } = await wire.serve((request, response) => {
      const body = collect(request)
      const headers = { 'content-type': request.headers['content-type'] ?? '' }
      arrived.push(body.then((raw) => new Response(raw, { headers }).formData()))
      void body.then(() => response.end())
    })
    const { outbound } = wire.open({ baseUrl: origin })
    const file = { name: 'file', content: bytes, filename: 'ünï "q".pdf', mime: 'application/pdf' }
    await outbound.request(get('/', { method: 'POST', body: { fields: { before: 'x\r\ny' }, file } }))
    const form = await arrived[0]
    expect(form?.get('before')).toBe('x\r\ny')
    const sent = form?.get('file')
    if (!(sent instanceof File)) throw new Error('no file arrived')
    expect(sent).toMatchObject({ name: 'ünï "q".pdf', type: 'application/pdf' })
    expect(Buffer.from(await sent.arrayBuffer()).equals(bytes)).toBe(true)
  })

  test('reads Retry-After against the clock it was given', async () => {
    const date = 'Sun, 22 Nov 2026 12:00:30 GMT'
    const { origin } = await wire.serve((_, response) => response.writeHead(429, { 'retry-after': date }).end())
    const { outbound } = wire.open({ baseUrl: origin, now: () => Date.parse(date) - 12_000 })
    expect(await outbound.request(get('/'))).toMatchObject({ status: 429, retryAfterMs: 12_000 })
  })

  test('a record that is not taken spoils nothing', async () => {
    const { origin } = await wire.serve(say('x'))
    const { outbound } = wire.open({
      baseUrl: origin,
      record() {
        throw new Error('full')
      },
    })
    expect((await outbound.request(get('/'))).kind).toBe('answer')
  })
})

describe('credentials', () => {
  const credentials = { header: 'Authorization', value: 'Bearer test-key' }

  test("go to the base address's origin when asked for, and only then", async () => {
    const { origin, seen } = await wire.serve(say('x'))
    const { outbound } = wire.open({ baseUrl: origin, credentials })
    await outbound.request(get('/', { authenticated: true }))
    await outbound.request(get('/'))
    expect(seen.map(({ headers }) => headers.authorization)).toEqual(['Bearer test-key', undefined])
  })

  test('never go to another origin, by URL or by redirect', async () => {
    const other = await wire.serve(say('x'))
    const base = await wire.serve((_, response) => response.writeHead(302, { location: `${other.origin}/here` }).end())
    const { outbound, records } = wire.open({ baseUrl: base.origin, credentials, allowPrivate: true })
    await outbound.request(get(other.origin, { authenticated: true }))
    const answer = await outbound.request(get('/', { authenticated: true, headers: { cookie: 'a=b', accept: 'x/y' } }))
    expect(answer).toMatchObject({ kind: 'answer', status: 200 })
    expect(base.seen[0]?.headers.authorization).toBe('Bearer test-key')
    expect(other.seen.map(({ headers }) => [headers.authorization, headers.cookie])).toEqual([
      [undefined, undefined],
      [undefined, undefined],
    ])
    expect(other.seen[1]?.headers.accept).toBe('x/y')
    expect(records).toHaveLength(3)
  })
})

describe('limits', () => {
  test('a server that never answers is given up at the deadline, as sent', async () => {
    const { origin } = await wire.serve(() => undefined)
    const { outbound, records } = wire.open({ baseUrl: origin })
    const answer = await outbound.request(get('/', { deadlineMs: 50 }))
    expect(answer).toMatchObject({ kind: 'fault', code: 'TIMEOUT', sent: true })
    expect(records[0]?.fault).toBe('TIMEOUT')
  })

  test('a server that drips is given up at the same deadline', async () => {
    const { origin } = await wire.serve((_, response) => {
      response.writeHead(200)
      const timer = setInterval(() => response.write('.'), 5)
      response.on('close', () => clearInterval(timer))
    })
    const { outbound } = wire.open({ baseUrl: origin })
    expect(await outbound.request(get('/', { deadlineMs: 80 }))).toMatchObject({ code: 'TIMEOUT', sent: true })
  })

  test('the caller may give up at any time', async () => {
    const caller = new AbortController()
    const { origin } = await wire.serve(() => caller.abort())
    const { outbound } = wire.open({ baseUrl: origin })
    const answer = await outbound.request(get('/', { signal: caller.signal }))
    expect(answer).toMatchObject({ kind: 'fault', code: 'ABORTED', sent: true })
    const again = await outbound.request(get('/', { signal: caller.signal }))
    expect(again).toMatchObject({ kind: 'fault', code: 'ABORTED', sent: false })
  })

  test.each([true, false])('an answer over the cap is not read (length said beforehand: %s)', async (said) => {
    const { origin } = await wire.serve((_, response) => {
      if (said) response.setHeader('content-length', 5_000_000)
      response.end(Buffer.alloc(5_000_000))
    })
    const { outbound, records } = wire.open({ baseUrl: origin })
    const answer = await outbound.request(get('/', { maxBytes: 1_000 }))
    expect(answer).toMatchObject({ kind: 'fault', code: 'ANSWER_TOO_LARGE', sent: true })
    expect(records[0]?.bytes).toBeLessThan(200_000)
  })

  test('a HEAD may promise any length', async () => {
    const { origin } = await wire.serve((_, response) => response.writeHead(200, { 'content-length': 5_000_000 }).end())
    const { outbound } = wire.open({ baseUrl: origin })
    expect(await outbound.request(get('/', { method: 'HEAD', maxBytes: 10 }))).toMatchObject({ status: 200 })
  })
})

describe('faults say whether anything left', () => {
  test('a refused connection: nothing', async () => {
    const { origin, port, close } = await wire.serve(say('x'))
    await close()
    const { outbound } = wire.open({ baseUrl: origin })
    const answer = await outbound.request(get('/'))
    expect(answer).toMatchObject({ kind: 'fault', code: 'CONNECTION_REFUSED', sent: false })
    expect(answer.kind === 'fault' && answer.message).toContain(`127.0.0.1:${port}`)
  })

  test('a name without an address: nothing', async () => {
    const notFound = Object.assign(new Error('no such name'), { code: 'ENOTFOUND' })
    const lookup: LookupFunction = (_, __, callback) => callback(notFound, '')
    const { outbound } = wire.open({ lookup })
    expect(await outbound.request(get('https://nowhere.example/'))).toMatchObject({ code: 'DNS_FAILED', sent: false })
  })

  test('a server that speaks no TLS: nothing', async () => {
    const { origin } = await wire.serve(say('x'))
    const { outbound } = wire.open({ baseUrl: origin.replace('http:', 'https:') })
    expect(await outbound.request(get('/'))).toMatchObject({ code: 'TLS_FAILED', sent: false })
  })

  test('a connection reset under the request: perhaps all of it', async () => {
    const { origin } = await wire.serve((request) => request.socket.resetAndDestroy())
    const { outbound } = wire.open({ baseUrl: origin })
    const answer = await outbound.request(get('/', { method: 'POST', body: 'x' }))
    expect(answer).toMatchObject({ kind: 'fault', code: 'CONNECTION_LOST', sent: true })
  })

  test('an answer cut short is not an answer', async () => {
    const { origin } = await wire.serve((_, response) => {
      response.writeHead(200, { 'content-length': 100 })
      response.write('half', () => response.socket?.destroy())
    })
    const { outbound } = wire.open({ baseUrl: origin })
    expect(await outbound.request(get('/'))).toMatchObject({ code: 'CONNECTION_LOST', sent: true })
  })

  test('rubbish instead of HTTP', async () => {
    const server = createTcpServer((socket) => {
      socket.on('data', () => socket.write('220 mail ready\r\n')).on('error', () => socket.destroy())
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    wire.onEnd(() => server.close())
    const { outbound } = wire.open({ baseUrl: `http://127.0.0.1:${portOf(server.address())}` })
    expect(await outbound.request(get('/'))).toMatchObject({ code: 'ANSWER_MALFORMED', sent: true })
  })

  test('a header that cannot be sent, and a client that was closed: nothing', async () => {
    const { origin, seen } = await wire.serve(say('x'))
    const { outbound } = wire.open({ baseUrl: origin })
    const bad = await outbound.request(get('/', { headers: { 'x-a': 'line\nbreak' } }))
    expect(bad).toMatchObject({ code: 'REQUEST_INVALID', sent: false })
    await outbound.close()
    await outbound.close()
    expect(await outbound.request(get('/'))).toMatchObject({ code: 'CLOSED', sent: false })
    expect(seen).toHaveLength(0)
  })
})

test('a source may cap every deadline', async () => {
  const { origin } = await wire.serve(() => undefined)
  const { outbound } = wire.open({ baseUrl: origin, maxDeadlineMs: 50 })
  expect(await outbound.request(get('/', { deadlineMs: 300_000 }))).toMatchObject({ code: 'TIMEOUT' })
})
