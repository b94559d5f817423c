import { once } from 'node:events'
import { problemSchema } from '@becket/client/contract'
import { describe, expect, it } from 'vitest'
import { AppError } from '../../src/core/error.ts'
import { listening, rest } from './listening.ts'
import { limits, setup } from './setup.ts'

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

function portOf(app: { server: { address(): unknown } }): number {
  const address = app.server.address()
  if (typeof address === 'object' && address !== null && 'port' in address && typeof address.port === 'number')
    return address.port
  throw new Error('the server does not listen')
}
