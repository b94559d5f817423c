import { createHmac } from 'node:crypto'
import { resultSchema } from '@becket/client/contract'
import { Webhook } from 'standardwebhooks'
import { describe, expect, it } from 'vitest'
import { webhookSink } from '../../src/sinks/webhook/webhook.ts'
import { collect, createWire } from '../outbound/wire.ts'
import { deliveryOf, openSink, resultWith } from './bench.ts'

const wire = createWire()
const secretOf = (words: string) => `whsec_${Buffer.from(words).toString('base64')}`
const current = secretOf('the current secret of a test')
const former = secretOf('the former secret of a test')

interface Got {
  headers: Record<string, string>
  body: Buffer
}

/** An endpoint that answers in turn, the last answer for ever. */
async function startEndpoint(...answers: { status: number; headers?: Record<string, string>; body?: string }[]) {
  const got: Got[] = []
  const { origin } = await wire.serve(async (request, response) => {
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]))
    got.push({ headers, body: await collect(request) })
    const { status, headers: more, body } = answers[Math.min(got.length, answers.length) - 1] ?? { status: 204 }
    response.writeHead(status, more).end(body)
  })
  return { url: `${origin}/hook`, got }
}

function open(options: object, bench: Parameters<typeof openSink>[2] = {}) {
  const sink = openSink(webhookSink, { secret: current, ...options }, bench)
  wire.onEnd(sink.close)
  return sink
}

describe('a webhook', () => {
  it('carries the result as its body, and is verified by the official library', async () => {
    const { url, got } = await startEndpoint()
    const result = resultWith()
    const answers = await open({ url }).deliver([deliveryOf(result)])
    expect(answers).toEqual([{ kind: 'delivered', receipt: { status: 204 } }])
    const { headers, body } = got[0] ?? expect.fail('nothing came')
    expect(headers['content-type']).toBe('application/json')
    expect(headers['webhook-id']).toBe('dlv_test')
    const verified = new Webhook(current).verify(body, headers)
    expect(resultSchema.parse(verified)).toEqual(result)
    expect(verified).toEqual(result)
  })

  it('is refused by the official library when a byte changed, or with another secret', async () => {
    const { url, got } = await startEndpoint()
    await open({ url }).deliver([deliveryOf(resultWith())])
    const { headers, body } = got[0] ?? expect.fail('nothing came')
    expect(() => new Webhook(former).verify(body, headers)).toThrow()
    expect(() => new Webhook(current).verify(`${body} `, headers)).toThrow()
  })

  it('is dated, so that an old one is refused', async () => {
    const { url, got } = await startEndpoint()
    const sink = open({ url }, { nowMs: Date.now() - 600_000 })
    await sink.deliver([deliveryOf(resultWith())])
    const { headers, body } = got[0] ?? expect.fail('nothing came')
    expect(() => new Webhook(current).verify(body, headers)).toThrow('too old')
  })

  it('is signed by each secret while one is being replaced', async () => {
    const { url, got } = await startEndpoint()
    await open({ url, secret: [current, former] }).deliver([deliveryOf(resultWith())])
    const { headers, body } = got[0] ?? expect.fail('nothing came')
    for (const secret of [current, former]) expect(new Webhook(secret).verify(body, headers)).toBeTruthy()
    expect(() => new Webhook(secretOf('a third secret of a test')).verify(body, headers)).toThrow()
  })

  it('is signed with the bytes of a secret that has no whsec_', async () => {
    const { url, got } = await startEndpoint()
    await open({ url, secret: 'plain words, no base64' }).deliver([deliveryOf(resultWith())])
    const { headers, body } = got[0] ?? expect.fail('nothing came')
    const raw = new Webhook('plain words, no base64', { format: 'raw' })
    expect(raw.verify(body, headers)).toBeTruthy()
    const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
    const reckoned = createHmac('sha256', 'plain words, no base64').update(signed).digest('base64')
    expect(headers['webhook-signature']).toBe(`v1,${reckoned}`)
  })

  it('that is repeated has the same id and the same bytes, and is signed for its own time', async () => {
    const { url, got } = await startEndpoint({ status: 500 }, { status: 200 })
    const delivery = deliveryOf(resultWith())
    expect(await open({ url }, { nowMs: 1_000_000 }).deliver([delivery])).toMatchObject([{ kind: 'retry' }])
    const again = { ...delivery, attempts: 1 }
    expect(await open({ url }).deliver([again])).toMatchObject([{ kind: 'delivered' }])
    const [first, second] = got
    expect(second?.body).toEqual(first?.body)
    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id'])
    expect(first?.headers['webhook-timestamp']).toBe('1000')
    expect(new Webhook(current).verify(second?.body ?? '', second?.headers ?? {})).toBeTruthy()
  })

  it('has the headers that were configured', async () => {
    const { url, got } = await startEndpoint()
    await open({ url, headers: { 'X-Tenant': 'north' } }).deliver([deliveryOf(resultWith())])
    expect(got[0]?.headers['x-tenant']).toBe('north')
  })

  it('of a type that is not wanted is delivered by not sending it', async () => {
    const { url, got } = await startEndpoint()
    const sink = open({ url, types: ['job.deadletter'] })
    const answers = await sink.deliver([deliveryOf(resultWith({ type: 'job.done' }))])
    expect(answers).toEqual([{ kind: 'delivered', receipt: { skipped: true } }])
    expect(got).toEqual([])
  })
})

describe('the answer of an endpoint', () => {
  it.each([
    [408, undefined],
    [404, undefined],
    [401, undefined],
    [302, undefined],
    [500, true],
    [502, true],
  ])('%i is tried again; a fault of the endpoint: %s', async (status, isFault) => {
    const { url } = await startEndpoint({ status, headers: { location: '/elsewhere' } })
    const [answer] = await open({ url }).deliver([deliveryOf(resultWith())])
    expect(answer).toEqual({
      kind: 'retry',
      error: { code: `HTTP_${status}`, message: expect.any(String), retryable: true },
      ...(isFault && { isFault }),
    })
  })

  it('410 is final, and says what to do', async () => {
    const { url } = await startEndpoint({ status: 410 })
    expect(await open({ url }).deliver([deliveryOf(resultWith())])).toEqual([
      {
        kind: 'rejected',
        error: {
          code: 'HTTP_410',
          message:
            'The endpoint answered 410: it is gone for good. Correct `sinks.mine.url`, then send the delivery again',
          retryable: false,
        },
      },
    ])
  })

  it.each([429, 503])('%i with Retry-After is tried again then', async (status) => {
    const { url } = await startEndpoint({ status, headers: { 'retry-after': '120' } })
    const answers = await open({ url }).deliver([deliveryOf(resultWith())])
    expect(answers).toMatchObject([{ kind: 'retry', afterMs: 120_000 }])
  })

  it('that asks to be asked at once does not use the tries up', async () => {
    const { url } = await startEndpoint({ status: 503, headers: { 'retry-after': '0' } })
    const answers = await open({ url, retry: ['5s', '30s'] }).deliver([deliveryOf(resultWith(), { attempts: 1 })])
    expect(answers).toMatchObject([{ kind: 'retry', afterMs: 30_000 }])
  })

  it('is repeated in the error up to 200 bytes, without secrets', async () => {
    const words = `no: header was tenant-north, ${current}, password=hunter2 ${'é'.repeat(300)}`
    const { url } = await startEndpoint({ status: 400, body: words })
    const sink = open({ url, headers: { 'x-tenant': 'tenant-north' } })
    const [answer] = await sink.deliver([deliveryOf(resultWith())])
    const message = answer?.kind === 'retry' ? answer.error.message : expect.fail('not tried again')
    expect(message).toMatch(
      /^The endpoint answered 400: no: header was \[redacted\], \[redacted\], password=\[redacted\] é+$/,
    )
    expect(Buffer.byteLength(message)).toBeLessThanOrEqual(200 + 'The endpoint answered 400: '.length)
  })

  it('that does not come in time is a fault of the endpoint', async () => {
    const { origin } = await wire.serve(() => {})
    const answers = await open({ url: origin, timeout: '100ms' }).deliver([deliveryOf(resultWith())])
    expect(answers).toMatchObject([{ kind: 'retry', error: { code: 'TIMEOUT' }, isFault: true }])
  })

  it('that nobody gives is a fault of the endpoint', async () => {
    const { origin, close } = await wire.serve(() => {})
    await close()
    const answers = await open({ url: origin }).deliver([deliveryOf(resultWith())])
    expect(answers).toMatchObject([{ kind: 'retry', error: { code: 'CONNECTION_REFUSED' }, isFault: true }])
  })

  it('is not waited for when the work is somebody else’s: no try is counted', async () => {
    const abort = new AbortController()
    const { origin } = await wire.serve(() => abort.abort())
    const answers = await open({ url: origin }).deliver([deliveryOf(resultWith())], abort.signal)
    expect(answers).toMatchObject([{ kind: 'later', afterMs: 0 }])
  })

  it('is not asked for at a private address that nobody allowed', async () => {
    const { url, got } = await startEndpoint()
    const sink = open({ url }, { allowPrivate: false })
    expect(await sink.deliver([deliveryOf(resultWith())])).toMatchObject([
      {
        kind: 'retry',
        error: { code: 'ADDRESS_BLOCKED', message: expect.stringContaining('sinks.mine.allowPrivate') },
      },
    ])
    expect(got).toEqual([])
  })
})

describe('the options of a webhook', () => {
  const problemOf = (more: object) => {
    const read = webhookSink.options.safeParse({ url: 'https://example.org/hook', secret: current, ...more })
    return read.success ? null : read.error.issues.map(({ path }) => path.join('.')).join(', ')
  }

  it.each<[string, object]>([
    ['url', { url: 'ftp://example.org' }],
    ['url', { url: 'https://user:word@example.org' }],
    ['secret.0', { secret: 'whsec_not base64' }],
    ['headers', { headers: { 'webhook-id': 'mine' } }],
    ['headers', { headers: { 'x-name': 'two\nlines' } }],
    ['types.0', { types: ['job.finished'] }],
    ['timeout', { timeout: '5m' }],
    ['retry.0', { retry: ['5'] }],
  ])('refuse a wrong %s', (path, more) => {
    expect(problemOf(more)).toBe(path)
  })

  it('keep the address as it is written, and try for about three days', () => {
    const options = webhookSink.options.parse({ url: 'https://example.org/hook/?of=north', secret: current })
    expect(options.url).toBe('https://example.org/hook/?of=north')
    const hours = webhookSink.retryMs(options).reduce((sum, ms) => sum + ms, 0) / 3_600_000
    expect(hours).toBeGreaterThan(70)
    expect(hours).toBeLessThan(74)
  })

  it('show where it leads without what may be secret', () => {
    const options = webhookSink.options.parse({ url: 'https://example.org/hook?code=abc', secret: current })
    expect(webhookSink.destination(options, null)).toBe('https://example.org/hook?code=[redacted]')
  })
})
