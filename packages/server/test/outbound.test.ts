/** The way out against real servers on this machine: slow, huge, redirecting, hanging, resetting ones. */
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo, LookupFunction } from 'node:net'
import { createServer as createTcpServer } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { createOutbound, type HttpOutbound, type OutboundOptions } from '../src/outbound/http.ts'
import type { OutboundAttempt, OutboundRequest } from '../src/outbound/outbound.ts'

const closers: (() => Promise<unknown> | unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function serve(listener: RequestListener): Promise<{ origin: string; port: number; seen: IncomingMessage[] }> {
  const seen: IncomingMessage[] = []
  const server = createServer((request, response) => {
    seen.push(request)
    listener(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  const port = portOf(server.address())
  return { origin: `http://127.0.0.1:${port}`, port, seen }
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('the server listens on no port')
  return address.port
}

function open(options: Partial<OutboundOptions>): { outbound: HttpOutbound; attempts: OutboundAttempt[] } {
  const attempts: OutboundAttempt[] = []
  const outbound = createOutbound({ source: 'test', record: (attempt) => attempts.push(attempt), ...options })
  closers.push(() => outbound.close())
  return { outbound, attempts }
}

const get = (url: string, more: Partial<OutboundRequest> = {}): OutboundRequest => ({
  method: 'GET',
  url,
  authenticated: false,
  signal: new AbortController().signal,
  ...more,
})

const say = (text: string) => (_: IncomingMessage, response: ServerResponse) => void response.end(text)

describe('an ordinary request', () => {
  test('brings status, headers and body, and leaves one record', async () => {
    const { origin } = await serve((_, response) => response.writeHead(201, { 'x-a': 'b' }).end('hello'))
    const { outbound, attempts } = open({ baseUrl: origin })
    const answer = await outbound.request(get('/jobs?secret=1', { operation: 'parse' }))
    expect(answer).toMatchObject({ kind: 'answer', status: 201, body: Buffer.from('hello'), retryAfterMs: null })
    expect(answer.kind === 'answer' && answer.headers['x-a']).toBe('b')
    expect(attempts).toEqual([
      expect.objectContaining({
        source: 'test',
        operation: 'parse',
        method: 'GET',
        url: `${origin}/jobs?secret=***`,
        status: 201,
        fault: null,
        bytes: 5,
      }),
    ])
  })

  test('keeps its connections for the requests that follow', async () => {
    const { origin, seen } = await serve(say('x'))
    const { outbound } = open({ baseUrl: origin })
    for (let request = 0; request < 6; request++) await outbound.request(get('/'))
    // Two, not one: a connection counts as busy until the turn after its answer.
    expect(new Set(seen.map(({ socket }) => socket.remotePort)).size).toBeLessThanOrEqual(2)
  })

  test('sends a file byte for byte in multipart', async () => {
    const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, index) => index % 256))
    const arrived: Promise<Buffer>[] = []
    const { origin } = await serve((request, response) => {
      const body = collect(request)
      arrived.push(
        body.then(async (raw) => {
          const headers = { 'content-type': request.headers['content-type'] ?? '' }
          const file = (await new Response(raw, { headers }).formData()).get('file')
          return file instanceof Blob ? Buffer.from(await file.arrayBuffer()) : Buffer.alloc(0)
        }),
      )
      void body.then(() => response.end())
    })
    const { outbound } = open({ baseUrl: origin })
    const form = new FormData()
    form.set('file', new Blob([bytes]), 'ünï "q".pdf')
    await outbound.request(get('/', { method: 'POST', body: form }))
    expect((await arrived[0])?.equals(bytes)).toBe(true)
  })

  test('reads Retry-After against the clock it was given', async () => {
    const date = 'Sun, 22 Nov 2026 12:00:30 GMT'
    const { origin } = await serve((_, response) => response.writeHead(429, { 'retry-after': date }).end())
    const { outbound } = open({ baseUrl: origin, now: () => Date.parse(date) - 12_000 })
    expect(await outbound.request(get('/'))).toMatchObject({ status: 429, retryAfterMs: 12_000 })
  })

  test('a record that is not taken spoils nothing', async () => {
    const { origin } = await serve(say('x'))
    const { outbound } = open({
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
    const { origin, seen } = await serve(say('x'))
    const { outbound } = open({ baseUrl: origin, credentials })
    await outbound.request(get('/', { authenticated: true }))
    await outbound.request(get('/'))
    expect(seen.map(({ headers }) => headers.authorization)).toEqual(['Bearer test-key', undefined])
  })

  test('never go to another origin, by URL or by redirect', async () => {
    const other = await serve(say('x'))
    const base = await serve((_, response) => response.writeHead(302, { location: `${other.origin}/here` }).end())
    const { outbound, attempts } = open({ baseUrl: base.origin, credentials, allowPrivate: true })
    await outbound.request(get(other.origin, { authenticated: true }))
    const answer = await outbound.request(get('/', { authenticated: true, headers: { cookie: 'a=b', accept: 'x/y' } }))
    expect(answer).toMatchObject({ kind: 'answer', status: 200 })
    expect(base.seen[0]?.headers.authorization).toBe('Bearer test-key')
    expect(other.seen.map(({ headers }) => [headers.authorization, headers.cookie])).toEqual([
      [undefined, undefined],
      [undefined, undefined],
    ])
    expect(other.seen[1]?.headers.accept).toBe('x/y')
    expect(attempts).toHaveLength(3)
  })
})

describe('limits', () => {
  test('a server that never answers is given up at the deadline, as sent', async () => {
    const { origin } = await serve(() => undefined)
    const { outbound, attempts } = open({ baseUrl: origin })
    const answer = await outbound.request(get('/', { deadlineMs: 50 }))
    expect(answer).toMatchObject({ kind: 'fault', code: 'TIMEOUT', sent: true })
    expect(attempts[0]?.fault).toBe('TIMEOUT')
  })

  test('a server that drips is given up at the same deadline', async () => {
    const { origin } = await serve((_, response) => {
      response.writeHead(200)
      const timer = setInterval(() => response.write('.'), 5)
      response.on('close', () => clearInterval(timer))
    })
    const { outbound } = open({ baseUrl: origin })
    expect(await outbound.request(get('/', { deadlineMs: 80 }))).toMatchObject({ code: 'TIMEOUT', sent: true })
  })

  test('the caller may give up at any time', async () => {
    const caller = new AbortController()
    const { origin } = await serve(() => caller.abort())
    const { outbound } = open({ baseUrl: origin })
    const answer = await outbound.request(get('/', { signal: caller.signal }))
    expect(answer).toMatchObject({ kind: 'fault', code: 'ABORTED', sent: true })
    const again = await outbound.request(get('/', { signal: caller.signal }))
    expect(again).toMatchObject({ kind: 'fault', code: 'ABORTED', sent: false })
  })

  test.each([true, false])('an answer over the cap is not read (length said beforehand: %s)', async (said) => {
    const { origin } = await serve((_, response) => {
      if (said) response.setHeader('content-length', 5_000_000)
      response.end(Buffer.alloc(5_000_000))
    })
    const { outbound, attempts } = open({ baseUrl: origin })
    const answer = await outbound.request(get('/', { maxBytes: 1_000 }))
    expect(answer).toMatchObject({ kind: 'fault', code: 'ANSWER_TOO_LARGE', sent: true })
    expect(attempts[0]?.bytes).toBeLessThan(200_000)
  })

  test('a HEAD may promise any length', async () => {
    const { origin } = await serve((_, response) => response.writeHead(200, { 'content-length': 5_000_000 }).end())
    const { outbound } = open({ baseUrl: origin })
    expect(await outbound.request(get('/', { method: 'HEAD', maxBytes: 10 }))).toMatchObject({ status: 200 })
  })
})

describe('faults say whether anything left', () => {
  test('a refused connection: nothing', async () => {
    const { origin, port } = await serve(say('x'))
    await closers.splice(0)[0]?.()
    const { outbound } = open({ baseUrl: origin })
    const answer = await outbound.request(get('/'))
    expect(answer).toMatchObject({ kind: 'fault', code: 'CONNECTION_REFUSED', sent: false })
    expect(answer.kind === 'fault' && answer.message).toContain(`127.0.0.1:${port}`)
  })

  test('a name without an address: nothing', async () => {
    const notFound = Object.assign(new Error('no such name'), { code: 'ENOTFOUND' })
    const lookup: LookupFunction = (_, __, callback) => callback(notFound, '')
    const { outbound } = open({ lookup })
    expect(await outbound.request(get('https://nowhere.example/'))).toMatchObject({ code: 'DNS_FAILED', sent: false })
  })

  test('a server that speaks no TLS: nothing', async () => {
    const { origin } = await serve(say('x'))
    const { outbound } = open({ baseUrl: origin.replace('http:', 'https:') })
    expect(await outbound.request(get('/'))).toMatchObject({ code: 'TLS_FAILED', sent: false })
  })

  test('a connection reset under the request: perhaps all of it', async () => {
    const { origin } = await serve((request) => request.socket.resetAndDestroy())
    const { outbound } = open({ baseUrl: origin })
    const answer = await outbound.request(get('/', { method: 'POST', body: 'x' }))
    expect(answer).toMatchObject({ kind: 'fault', code: 'CONNECTION_LOST', sent: true })
  })

  test('an answer cut short is not an answer', async () => {
    const { origin } = await serve((_, response) => {
      response.writeHead(200, { 'content-length': 100 })
      response.write('half', () => response.socket?.destroy())
    })
    const { outbound } = open({ baseUrl: origin })
    expect(await outbound.request(get('/'))).toMatchObject({ code: 'CONNECTION_LOST', sent: true })
  })

  test('rubbish instead of HTTP', async () => {
    const server = createTcpServer((socket) => {
      socket.on('data', () => socket.write('220 mail ready\r\n')).on('error', () => socket.destroy())
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    closers.push(() => void server.close())
    const { outbound } = open({ baseUrl: `http://127.0.0.1:${portOf(server.address())}` })
    expect(await outbound.request(get('/'))).toMatchObject({ code: 'ANSWER_MALFORMED', sent: true })
  })

  test('a header that cannot be sent, and a client that was closed: nothing', async () => {
    const { origin, seen } = await serve(say('x'))
    const { outbound } = open({ baseUrl: origin })
    const bad = await outbound.request(get('/', { headers: { 'x-a': 'line\nbreak' } }))
    expect(bad).toMatchObject({ code: 'REQUEST_INVALID', sent: false })
    await outbound.close()
    await outbound.close()
    expect(await outbound.request(get('/'))).toMatchObject({ code: 'CLOSED', sent: false })
    expect(seen).toHaveLength(0)
  })
})

describe('redirects', () => {
  test('are followed three times, not four', async () => {
    const { origin } = await serve((request, response) => {
      const left = Number(request.url?.slice(1))
      if (left === 0) response.end('there')
      else response.writeHead(302, { location: `/${left - 1}` }).end()
    })
    const { outbound, attempts } = open({ baseUrl: origin })
    expect(await outbound.request(get('/3'))).toMatchObject({ status: 200, body: Buffer.from('there') })
    expect(attempts.map(({ status }) => status)).toEqual([302, 302, 302, 200])
    expect(await outbound.request(get('/4'))).toMatchObject({ code: 'TOO_MANY_REDIRECTS', sent: true })
  })

  test('a POST goes on with its body by 307, and comes back from 302', async () => {
    const bodies: string[] = []
    const { origin } = await serve((request, response) => {
      void collect(request).then((body) => {
        bodies.push(`${request.method} ${request.url} ${body}`)
        if (request.url === '/end') response.end()
        else response.writeHead(request.url === '/307' ? 307 : 302, { location: '/end' }).end()
      })
    })
    const { outbound } = open({ baseUrl: origin })
    expect(await outbound.request(get('/307', { method: 'POST', body: 'x' }))).toMatchObject({ status: 200 })
    expect(await outbound.request(get('/302', { method: 'POST', body: 'x' }))).toMatchObject({ status: 302 })
    expect(bodies).toEqual(['POST /307 x', 'POST /end x', 'POST /302 x'])
  })
})

describe('what must not be reached', () => {
  const spellings = ['127.0.0.1', '2130706433', '0x7f000001', '127.1', '[::ffff:127.0.0.1]', '0.0.0.0', 'localhost']

  test.each(spellings)('a URL from outside at %s', async (host) => {
    const victim = await serve(say('secret'))
    const { outbound, attempts } = open({ baseUrl: 'https://api.example.org' })
    const answer = await outbound.request(get(`http://${host}:${victim.port}/`))
    expect(answer).toMatchObject({ kind: 'fault', code: 'ADDRESS_BLOCKED', sent: false })
    expect(attempts[0]?.fault).toBe('ADDRESS_BLOCKED')
    expect(victim.seen).toHaveLength(0)
  })

  test.each([...spellings, '169.254.169.254', '[fd00:ec2::254]', '[64:ff9b::7f00:1]'])(
    'a redirect to %s',
    async (host) => {
      const victim = await serve(say('secret'))
      const base = await serve((_, response) =>
        response.writeHead(302, { location: `http://${host}:${victim.port}/` }).end(),
      )
      const { outbound } = open({ baseUrl: base.origin })
      const answer = await outbound.request(get('/'))
      expect(answer).toMatchObject({ kind: 'fault', code: 'ADDRESS_BLOCKED', sent: true })
      expect(victim.seen).toHaveLength(0)
    },
  )

  test('a name whose addresses are all private', async () => {
    const victim = await serve(say('secret'))
    const addresses = [
      { address: '127.0.0.1', family: 4 },
      { address: '169.254.169.254', family: 4 },
    ]
    const lookup: LookupFunction = (_, __, callback) => callback(null, addresses)
    const { outbound } = open({ lookup })
    const answer = await outbound.request(get(`http://rebind.example:${victim.port}/`))
    expect(answer).toMatchObject({ kind: 'fault', code: 'ADDRESS_BLOCKED', sent: false })
    expect(victim.seen).toHaveLength(0)
  })

  test('metadata, even for a source that may be private', async () => {
    expect(() => open({ baseUrl: 'http://169.254.169.254' })).toThrow(/not a public address/)
    const lookup: LookupFunction = (_, __, callback) => callback(null, [{ address: '169.254.169.254', family: 4 }])
    const { outbound } = open({ baseUrl: 'http://metadata.example', allowPrivate: true, lookup })
    expect(await outbound.request(get('/latest'))).toMatchObject({ code: 'ADDRESS_BLOCKED', sent: false })
  })

  test('an origin beside the allow list, directly or by redirect', async () => {
    const victim = await serve(say('secret'))
    const base = await serve((_, response) => response.writeHead(302, { location: victim.origin }).end())
    const { outbound } = open({ baseUrl: base.origin, allowOrigins: ['https://files.example.org'], allowPrivate: true })
    expect(await outbound.request(get(victim.origin))).toMatchObject({ code: 'ORIGIN_NOT_ALLOWED', sent: false })
    expect(await outbound.request(get('/'))).toMatchObject({ code: 'ORIGIN_NOT_ALLOWED', sent: true })
    expect(victim.seen).toHaveLength(0)
  })

  test.each(['ftp://example.org/x', 'nonsense', 'https://user:word@example.org/'])('%s', async (url) => {
    const { outbound, attempts } = open({})
    expect(await outbound.request(get(url))).toMatchObject({ kind: 'fault', sent: false })
    expect(JSON.stringify(attempts)).not.toContain('word')
  })
})

test.each(['nonsense', 'ftp://example.org', 'https://user:word@example.org'])(
  'the base address %j is refused clearly',
  (baseUrl) => {
    expect(() => createOutbound({ source: 'orders', baseUrl })).toThrow(/Source orders/)
  },
)

async function collect(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}
