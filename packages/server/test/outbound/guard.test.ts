/** Where the way out goes and where it must never get to, against real servers that nobody may reach. */
import type { LookupFunction } from 'node:net'
import { describe, expect, test } from 'vitest'
import { createOutbound } from '../../src/outbound/http.ts'
import { collect, createWire, get, say } from './wire.ts'

const wire = createWire()

describe('redirects', () => {
  test('are followed three times, not four', async () => {
    const { origin } = await wire.serve((request, response) => {
      const left = Number(request.url?.slice(1))
      if (left === 0) response.end('there')
      else response.writeHead(302, { location: `/${left - 1}` }).end()
    })
    const { outbound, records } = wire.open({ baseUrl: origin })
    expect(await outbound.request(get('/3'))).toMatchObject({ status: 200, body: Buffer.from('there') })
    expect(records.map(({ status }) => status)).toEqual([302, 302, 302, 200])
    expect(await outbound.request(get('/4'))).toMatchObject({ code: 'TOO_MANY_REDIRECTS', sent: true })
  })

  test('a POST goes on with its body by 307, and comes back from 302', async () => {
    const bodies: string[] = []
    const { origin } = await wire.serve((request, response) => {
      void collect(request).then((body) => {
        bodies.push(`${request.method} ${request.url} ${body}`)
        if (request.url === '/end') response.end()
        else response.writeHead(request.url === '/307' ? 307 : 302, { location: '/end' }).end()
      })
    })
    const { outbound } = wire.open({ baseUrl: origin })
    expect(await outbound.request(get('/307', { method: 'POST', body: 'x' }))).toMatchObject({ status: 200 })
    expect(await outbound.request(get('/302', { method: 'POST', body: 'x' }))).toMatchObject({ status: 302 })
    expect(bodies).toEqual(['POST /307 x', 'POST /end x', 'POST /302 x'])
  })
})

test("a source's own address may be private, by name too", async () => {
  const { port } = await wire.serve(say('mine'))
  const { outbound } = wire.open({ baseUrl: `http://localhost:${port}` })
  expect(await outbound.request(get('/'))).toMatchObject({ kind: 'answer', body: Buffer.from('mine') })
})

describe('what must not be reached', () => {
  const spellings = ['127.0.0.1', '2130706433', '0x7f000001', '127.1', '[::ffff:127.0.0.1]', '0.0.0.0', 'localhost']

  test.each(spellings)('a URL from outside at %s', async (host) => {
    const victim = await wire.serve(say('secret'))
    const { outbound, records } = wire.open({ baseUrl: 'https://api.example.org' })
    const answer = await outbound.request(get(`http://${host}:${victim.port}/`))
    expect(answer).toMatchObject({ kind: 'fault', code: 'ADDRESS_BLOCKED', sent: false })
    expect(records[0]?.fault).toBe('ADDRESS_BLOCKED')
    expect(victim.seen).toHaveLength(0)
  })

  test.each([...spellings, '169.254.169.254', '[fd00:ec2::254]', '[64:ff9b::7f00:1]'])(
    'a redirect to %s',
    async (host) => {
      const victim = await wire.serve(say('secret'))
      const base = await wire.serve((_, response) =>
        response.writeHead(302, { location: `http://${host}:${victim.port}/` }).end(),
      )
      const { outbound } = wire.open({ baseUrl: base.origin })
      const answer = await outbound.request(get('/'))
      expect(answer).toMatchObject({ kind: 'fault', code: 'ADDRESS_BLOCKED', sent: true })
      expect(victim.seen).toHaveLength(0)
    },
  )

  test('a name whose addresses are all private', async () => {
    const victim = await wire.serve(say('secret'))
    const addresses = [
      { address: '127.0.0.1', family: 4 },
      { address: '169.254.169.254', family: 4 },
    ]
    const lookup: LookupFunction = (_, __, callback) => callback(null, addresses)
    const { outbound } = wire.open({ lookup })
    const answer = await outbound.request(get(`http://rebind.example:${victim.port}/`))
    expect(answer).toMatchObject({ kind: 'fault', code: 'ADDRESS_BLOCKED', sent: false })
    expect(victim.seen).toHaveLength(0)
  })

  test('metadata, even for a source that may be private', async () => {
    expect(() => wire.open({ baseUrl: 'http://169.254.169.254' })).toThrow(/not a public address/)
    const lookup: LookupFunction = (_, __, callback) => callback(null, [{ address: '169.254.169.254', family: 4 }])
    const { outbound } = wire.open({ baseUrl: 'http://metadata.example', allowPrivate: true, lookup })
    expect(await outbound.request(get('/latest'))).toMatchObject({ code: 'ADDRESS_BLOCKED', sent: false })
  })

  test('an origin beside the allow list, directly or by redirect', async () => {
    const victim = await wire.serve(say('secret'))
    const base = await wire.serve((_, response) => response.writeHead(302, { location: victim.origin }).end())
    const { outbound } = wire.open({
      baseUrl: base.origin,
      allowOrigins: ['https://files.example.org'],
      allowPrivate: true,
    })
    expect(await outbound.request(get(victim.origin))).toMatchObject({ code: 'ORIGIN_NOT_ALLOWED', sent: false })
    expect(await outbound.request(get('/'))).toMatchObject({ code: 'ORIGIN_NOT_ALLOWED', sent: true })
    expect(victim.seen).toHaveLength(0)
  })

  test.each(['ftp://example.org/x', 'nonsense', 'https://user:word@example.org/'])('%s', async (url) => {
    const { outbound, records } = wire.open({})
    expect(await outbound.request(get(url))).toMatchObject({ kind: 'fault', sent: false })
    expect(JSON.stringify(records)).not.toContain('word')
  })
})

test.each(['nonsense', 'ftp://example.org', 'https://user:word@example.org'])(
  'the base address %j is refused clearly',
  (baseUrl) => {
    expect(() => createOutbound({ source: 'orders', baseUrl })).toThrow(/Source orders/)
  },
)
