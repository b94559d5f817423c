import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { createBecket } from '@becket/client'
import { problemSchema } from '@becket/client/contract'
import { afterEach, describe, expect, it } from 'vitest'
import { AppError } from '../../src/core/error.ts'
import type { HttpOptions } from '../../src/http/http.ts'
import { expectation, limits, setup } from './setup.ts'

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function listening(options: Partial<HttpOptions> = {}) {
  const server = await setup(options)
  const url = await server.listen()
  closing.push(() => server.app.close())
  const open = async (): Promise<Socket> => {
    const socket = connect(Number(url.port), url.hostname)
    closing.push(async () => socket.destroy())
    await once(socket, 'connect')
    return socket
  }
  return { ...server, url, open }
}

/** Everything that comes until the server closes the connection. */
async function rest(socket: Socket): Promise<string> {
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  // A reset after the answer is how a cut-off sender sees it.
  socket.on('error', () => undefined)
  await once(socket, 'close')
  return Buffer.concat(chunks).toString('latin1')
}

function problemIn(raw: string) {
  return problemSchema.parse(JSON.parse(raw.slice(raw.indexOf('\r\n\r\n') + 4)))
}

describe('intake over HTTP', () => {
  it('hands the bytes over as they came, with every header, token, path and query', async () => {
    const { url, received } = await listening({
      intakePaths: [{ source: 'llamaparse', template: '/webhook/llamaparse/{job_id}' }],
    })
    const body = Buffer.from([0x7b, 0x00, 0xff, 0xfe, 0x22])
    const post = (path: string) =>
      fetch(new URL(path, url), { method: 'POST', body, headers: { 'X-Sign': 'AbC', 'content-type': 'text/odd' } })
    expect(await (await post('/in/orders?job_id=7&operation=place')).json()).toEqual({ callback: 'cb_1' })
    await post('/in/orders/t/k1.exp_1.abc')
    await post('/webhook/llamaparse/job%201/?x=1')
    expect(received.map(({ source, token, path, url, params }) => ({ source, token, path, url, params }))).toEqual([
      {
        source: 'orders',
        token: undefined,
        path: '/in/orders',
        url: '/in/orders?job_id=7&operation=place',
        params: {},
      },
      {
        source: 'orders',
        token: 'k1.exp_1.abc',
        path: '/in/orders/t/k1.exp_1.abc',
        url: '/in/orders/t/k1.exp_1.abc',
        params: {},
      },
      {
        source: 'llamaparse',
        token: undefined,
        path: '/webhook/llamaparse/job%201/',
        url: '/webhook/llamaparse/job%201/?x=1',
        params: { job_id: 'job 1' },
      },
    ])
    for (const request of received) {
      expect(request.body).toEqual(body)
      expect(request.rawHeaders).toContain('text/odd')
      expect(request.rawHeaders).toContain('AbC')
      expect(request.remoteAddress).toBe('127.0.0.1')
    }
  })

  it('takes PUT, and GET and HEAD as the handshakes that they are', async () => {
    const { url, received, answerWith } = await listening()
    answerWith(({ method }) => ({ status: 200, body: `${method} seen`, headers: { 'x-extra': '1' } }))
    const statuses: [number, string | null, string][] = []
    for (const method of ['PUT', 'GET', 'HEAD']) {
      const answer = await fetch(new URL('/in/orders', url), { method })
      statuses.push([answer.status, answer.headers.get('x-extra'), await answer.text()])
    }
    expect(statuses).toEqual([
      [200, '1', 'PUT seen'],
      [200, '1', 'GET seen'],
      [200, '1', ''],
    ])
    expect(received.map(({ method }) => method)).toEqual(['PUT', 'GET', 'GET'])
  })

  it.each([
    ['no content type', 'content-length: 3\r\n\r\nabc', 'abc'],
    ['a broken content type', 'content-type: ;;;=/\r\ncontent-length: 3\r\n\r\nabc', 'abc'],
    ['two content types', 'content-type: a/b\r\ncontent-type: c/d\r\ncontent-length: 3\r\n\r\nabc', 'abc'],
    ['broken JSON', 'content-type: application/json\r\ncontent-length: 3\r\n\r\n{"a', '{"a'],
    [
      'a forbidden prototype',
      'content-type: application/json\r\ncontent-length: 16\r\n\r\n{"__proto__": 1}',
      '{"__proto__": 1}',
    ],
    ['chunks', 'transfer-encoding: chunked\r\n\r\n1\r\na\r\n2\r\nbc\r\n0\r\n\r\n', 'abc'],
    ['nothing', 'content-length: 0\r\n\r\n', ''],
    ['no length and no body', '\r\n', ''],
  ])('takes %s', async (_what, more, body) => {
    const { open, received } = await listening()
    const socket = await open()
    socket.write(`POST /in/orders HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${more}`)
    expect(await rest(socket)).toMatch(/^HTTP\/1\.1 200 OK/)
    expect(received[0]?.body.toString()).toBe(body)
  })

  it('gives intake its word on every status and header, and lets it refuse with a problem', async () => {
    const { url, answerWith } = await listening()
    answerWith(() => ({ status: 401, body: { code: 'CALLBACK_REFUSED' }, headers: { 'retry-after': '9' } }))
    const refused = await fetch(new URL('/in/orders', url), { method: 'POST' })
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([401, '9'])
    answerWith(() => {
      throw new AppError('SOURCE_UNKNOWN', 'No source is called orders')
    })
    const unknown = await fetch(new URL('/in/orders', url), { method: 'POST' })
    expect([unknown.status, problemSchema.parse(await unknown.json()).code]).toEqual([404, 'SOURCE_UNKNOWN'])
  })

  it('asks the provider to come again when intake breaks: 503 with Retry-After, never a 500 or a 4xx', async () => {
    const { url, answerWith } = await listening()
    answerWith(() => {
      throw new TypeError('cannot read properties of undefined')
    })
    const answer = await fetch(new URL('/in/orders/t/token', url), { method: 'POST', body: 'x' })
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5'])
    expect(problemSchema.parse(await answer.json()).code).toBe('UNAVAILABLE')
  })

  it.each([
    ['with its length said', true],
    ['in chunks', false],
  ])('answers a body that is too large, %s, so that the sender can read it', async (_what, isSaid) => {
    const { url, received } = await listening()
    const bytes = new Uint8Array(limits.maxCallbackBytes * 2)
    const body = isSaid ? bytes : new Blob([bytes]).stream()
    const answer = await fetch(new URL('/in/orders', url), {
      method: 'POST',
      body,
      duplex: 'half',
    } satisfies RequestInit & { duplex: string })
    expect(answer.status).toBe(413)
    expect(problemSchema.parse(await answer.json())).toMatchObject({ code: 'BODY_TOO_LARGE', retryable: false })
    expect(received).toEqual([])
  })

  it('cuts off who says that much more is coming', async () => {
    const { open } = await listening()
    const socket = await open()
    socket.write(`POST /in/orders HTTP/1.1\r\nhost: x\r\ncontent-length: ${limits.maxCallbackBytes * 50}\r\n\r\nabc`)
    const raw = await rest(socket)
    expect(raw).toMatch(/^HTTP\/1\.1 413 /)
    expect(raw).toMatch(/connection: close/i)
  })

  it('takes no part of a callback whose sender hangs up half-way', async () => {
    const { open, received, app } = await listening()
    const socket = await open()
    const aborted = new Promise<void>((resolve) =>
      app.server.once('request', (request) => request.once('close', resolve)),
    )
    socket.write('POST /in/orders HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nhalf')
    await once(app.server, 'request')
    socket.destroy()
    await aborted
    expect(received).toEqual([])
    expect((await fetch(new URL('/livez', `http://127.0.0.1:${portOf(app)}`))).status).toBe(200)
  })

  it('refuses paths that are not, that are taken, or that are its own', async () => {
    const refused = (template: string, more: { source: string; template: string }[] = []) =>
      setup({ intakePaths: [{ source: 'orders', template }, ...more] })
    await expect(refused('webhook')).rejects.toMatchObject({ code: 'CONFIGURATION_INVALID' })
    await expect(refused('/v1/jobs')).rejects.toThrow('begins like an address of Becket itself')
    await expect(refused('/hook/{a}', [{ source: 'other', template: '/hook/{b}' }])).rejects.toThrow(
      'is also a path of source orders',
    )
    await expect(refused('/hook/{a}/{a}')).rejects.toThrow('names a part twice')
    await expect(refused('/hook/*')).rejects.toThrow('is not a path')
  })
})

describe('rubbish and slow senders', () => {
  it.each([
    ['no HTTP at all', 'hello\r\n\r\n', 400, 'REQUEST_INVALID'],
    [
      'two lengths',
      'POST /in/x HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab',
      400,
      'REQUEST_INVALID',
    ],
    [
      'a length and chunks',
      'POST /in/x HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
      'REQUEST_INVALID',
    ],
    [
      'headers without end',
      `GET /livez HTTP/1.1\r\nhost: x\r\nx-long: ${'x'.repeat(10_000)}\r\n\r\n`,
      431,
      'HEADERS_TOO_LARGE',
    ],
    ['an address that is none', 'GET /in/%zz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n', 400, 'REQUEST_INVALID'],
  ])('of the kind of %s get a problem', async (_what, request, status, code) => {
    const { open } = await listening()
    const socket = await open()
    const answered = rest(socket)
    socket.write(request)
    const raw = await answered
    expect(raw).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
    expect(problemIn(raw)).toMatchObject({ status, code })
  })

  it('who never finish their headers are told so and cut off', async () => {
    const { open } = await listening({ limits: { ...limits, headersTimeoutMs: 100 } })
    const socket = await open()
    socket.write('POST /in/orders HTTP/1.1\r\nhost: x\r\n')
    expect(problemIn(await rest(socket))).toMatchObject({ status: 408, code: 'REQUEST_TOO_SLOW' })
  })

  it('who never say anything are cut off', async () => {
    const { open } = await listening({ limits: { ...limits, headersTimeoutMs: 100 } })
    expect(await rest(await open())).toMatch(/^(HTTP\/1\.1 408 |$)/)
  })

  it.each(['/in/orders', '/nowhere'])('who never finish their body at %s are told so and cut off', async (path) => {
    const { open, received } = await listening({ limits: { ...limits, requestTimeoutMs: 100 } })
    const socket = await open()
    socket.write(`POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 10\r\n\r\nhalf`)
    const raw = await rest(socket)
    expect(problemIn(raw)).toMatchObject({ status: 408, code: 'REQUEST_TOO_SLOW' })
    expect(received).toEqual([])
  })
})

describe('waiting', () => {
  const spec = { source: 'orders', operation: 'place', key: 'k' }

  it('ends when the caller goes away', async () => {
    const { url, whenWaiting, expectations } = await listening()
    expectations.set('exp_1', expectation())
    const waiting = whenWaiting()
    const caller = new AbortController()
    const headers = { authorization: 'Bearer app-key' }
    const answer = fetch(new URL('/v1/expectations/exp_1?wait=60s', url), { headers, signal: caller.signal })
    const refused = expect(answer).rejects.toThrow('aborted')
    const { signal } = await waiting
    const aborted = once(signal, 'abort')
    caller.abort()
    await aborted
    await refused
  })

  it('ends with the present state when the server stops, within no time', async () => {
    const { url, app, whenWaiting, expectations } = await listening()
    expectations.set('exp_1', expectation({ state: 'waiting' }))
    const waiting = whenWaiting()
    const headers = { authorization: 'Bearer app-key' }
    const answer = fetch(new URL('/v1/expectations/exp_1?wait=60s', url), { headers })
    expect((await waiting).waitMs).toBe(60_000)
    await app.close()
    expect(await (await answer).json()).toMatchObject({ id: 'exp_1', state: 'waiting' })
  })

  it('does not keep the server from closing, nor does who says nothing or never ends', async () => {
    const { app, open } = await listening({ limits: { ...limits, closeGraceMs: 50 } })
    const closed: Promise<string>[] = []
    for (const said of ['', 'POST /in/orders HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nhalf']) {
      const socket = await open()
      const isHeard = said === '' ? null : once(app.server, 'request')
      socket.write(said)
      await isHeard
      closed.push(rest(socket))
    }
    await app.close()
    expect(await Promise.all(closed)).toHaveLength(2)
  })

  it('and the rest of a call work through the typed client', async () => {
    const { url, expectations, uploaded, services } = await listening()
    const becket = createBecket({ url: url.href, apiKey: 'app-key' })
    const call = await becket.call(spec, ({ callbackUrl }) => ({ id: `ext of ${callbackUrl.length}` }))
    expect(expectations.get(call.id)).toMatchObject({ state: 'waiting', externalId: 'ext of 34' })
    expectations.set(call.id, expectation({ id: call.id, state: 'succeeded', outcome: [1, null] }))
    services.expectations.get = async (id) => expectations.get(id) ?? null
    expect(await call.outcome()).toMatchObject({ state: 'succeeded', output: [1, null] })
    expect((await becket.expectations.list({ state: ['succeeded'], overdue: false })).items).toHaveLength(1)
    const document = await becket.documents.create({ filename: 'a.pdf', bytes: 3, sha256: 'f'.repeat(64) })
    const upload = {
      url: new URL('/v1/documents/doc_1/content?expires=1&signature=good-doc_1', url).href,
      method: 'PUT' as const,
      expiresAt: document.createdAt,
      headers: {},
    }
    await becket.documents.upload({ ...document, upload }, new Uint8Array([1, 2, 3]))
    expect(uploaded).toEqual([Buffer.from([1, 2, 3])])
    await expect(becket.keys.list()).rejects.toMatchObject({ code: 'FORBIDDEN', status: 403 })
    const operator = createBecket({ url: url.href, apiKey: 'operator-key' })
    expect(await operator.callbacks.body('cb_1')).toEqual(new Uint8Array([0, 255, 60]))
    expect(await operator.callbacks.replay('cb_1')).toEqual({ replayOf: 'cb_1', wakeup: 'due' })
  })
})

function portOf(app: { server: { address(): unknown } }): number {
  const address = app.server.address()
  if (typeof address === 'object' && address !== null && 'port' in address && typeof address.port === 'number')
    return address.port
  throw new Error('the server does not listen')
}
