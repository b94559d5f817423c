/** What intake makes of signatures and handshakes, over HTTP: the public URL is what is verified; handshakes are not kept. */
import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createTokenKeys } from '../../src/core/callback-token.ts'
import type { VerifyConfig } from '../../src/core/signature/verify-config.ts'
import { createIntake } from '../../src/intake/receive.ts'
import { silentLog } from '../../src/observe/log.ts'
import type { Source } from '../../src/providers/sources.ts'
import type { NewCallback } from '../../src/store/callbacks.ts'
import { setup } from '../http/setup.ts'
import { vectors } from './vectors.ts'

const nowMs = 1_700_000_000_000
const seconds = '1700000000'
const hmac = (text: string, hash = 'sha256') => createHmac(hash, 'test-key').update(text)

async function intakeOf(verify: VerifyConfig, publicUrl = 'https://becket.example.org') {
  const source: Source = {
    id: 'orders',
    provider: 'scripted',
    enabled: true,
    api: { read: () => ({ kind: 'unreadable', reason: 'not read here' }) },
    verify,
    paths: ['/hook/{id}'],
    operations: {},
    download: () => Promise.reject(new Error('nothing is downloaded here')),
    mayFetch: () => false,
  }
  const stored: NewCallback[] = []
  const intake = createIntake({
    sources: new Map([[source.id, source]]),
    tokenKeys: createTokenKeys([{ id: 'k1', key: Buffer.alloc(32, 1) }]),
    publicUrl: () => publicUrl,
    async store(callback) {
      stored.push(callback)
      return { id: callback.id, fate: callback.verdict === 'refused' ? 'refused' : 'received' }
    },
    refusedBytesPerSource: 1_000_000,
    now: () => nowMs,
    log: silentLog,
  })
  const { app } = await setup({ intake, intakePaths: [{ source: 'orders', template: '/hook/{id}' }] })
  return { app, stored, intake }
}

describe('the URL that is verified', () => {
  const verify: VerifyConfig = { scheme: 'hubspot', secrets: ['test-key'] }
  const signedFor = (url: string, body = '{}') => ({
    'x-hubspot-request-timestamp': String(nowMs),
    'x-hubspot-signature-v3': hmac(`POST${url}${body}${nowMs}`).digest('base64'),
  })

  it.each([
    ['of the origin', 'https://becket.example.org', '/in/orders', 'https://becket.example.org/in/orders'],
    ['with a slash at its end', 'https://becket.example.org/', '/in/orders', 'https://becket.example.org/in/orders'],
    [
      'under a path that a proxy takes away',
      'https://example.org/becket',
      '/in/orders?a=1',
      'https://example.org/becket/in/orders?a=1',
    ],
    ['of a path of its own', 'https://becket.example.org', '/hook/7?b=2', 'https://becket.example.org/hook/7?b=2'],
  ])('is the public one, %s', async (_, publicUrl, path, signedUrl) => {
    const { app, stored } = await intakeOf(verify, publicUrl)
    const headers = { host: '10.0.0.7:7400', 'x-forwarded-host': 'evil.example', ...signedFor(signedUrl) }
    const answer = await app.inject({ method: 'POST', url: path, headers, payload: '{}' })
    expect([answer.statusCode, stored[0]?.verdict]).toEqual([200, 'verified'])
  })

  it('is taken byte for byte, with all that a URL class would write anew', async () => {
    const { intake, stored } = await intakeOf(verify)
    const url = "/in/orders?q=it's%7e%2F|x"
    const rawHeaders = Object.entries(signedFor(`https://becket.example.org${url}`)).flat()
    const request = { source: 'orders', path: '/in/orders', url, method: 'POST', rawHeaders, params: {} }
    await intake.receive({ ...request, body: Buffer.from('{}'), remoteAddress: '192.0.2.1' })
    expect(stored[0]?.verdict).toBe('verified')
  })

  it('is not the one that the sender says it called', async () => {
    const { app, stored } = await intakeOf(verify)
    const headers = { host: 'evil.example', ...signedFor('https://evil.example/in/orders') }
    const answer = await app.inject({ method: 'POST', url: '/in/orders', headers, payload: '{}' })
    expect([answer.statusCode, stored[0]?.verdict]).toEqual([401, 'refused'])
  })
})

describe('a handshake', () => {
  it('of Meta is answered in plain text, and not kept', async () => {
    const { app, stored } = await intakeOf({ scheme: 'meta', secrets: ['test-key'], verifyTokens: ['a word'] })
    const query = (word: string) => ({
      'hub.mode': 'subscribe',
      'hub.challenge': '1158201444',
      'hub.verify_token': word,
    })
    const good = await app.inject({ method: 'GET', url: '/in/orders', query: query('a word') })
    expect([good.statusCode, good.body]).toEqual([200, '1158201444'])
    expect(good.headers['content-type']).toMatch(/^text\/plain/)
    const bad = await app.inject({ method: 'GET', url: '/hook/7', query: query('another') })
    expect(bad.statusCode).toBe(401)
    expect(bad.body).not.toContain('1158201444')
    expect(bad.json()).toMatchObject({ code: 'CALLBACK_REFUSED', hint: expect.stringContaining('not kept') })
    expect(stored).toEqual([])
  })

  it('of Slack is answered in JSON where it is signed, and is a refused callback where it is forged', async () => {
    const { app, stored } = await intakeOf({ scheme: 'slack', secrets: ['test-key'] })
    const payload = JSON.stringify({ type: 'url_verification', challenge: 'say this' })
    const headers = {
      'content-type': 'application/json',
      'x-slack-request-timestamp': seconds,
      'x-slack-signature': `v0=${hmac(`v0:${seconds}:${payload}`).digest('hex')}`,
    }
    const answer = await app.inject({ method: 'POST', url: '/in/orders', headers, payload })
    expect([answer.statusCode, answer.json()]).toEqual([200, { challenge: 'say this' }])
    expect(stored).toEqual([])
    const forged = { ...headers, 'x-slack-signature': `v0=${'0'.repeat(64)}` }
    const refused = await app.inject({ method: 'POST', url: '/in/orders', headers: forged, payload })
    expect(refused.statusCode).toBe(401)
    expect(refused.body).not.toContain('say this')
    expect(stored.map(({ verdict }) => verdict)).toEqual(['refused'])
  })

  it('is none where the scheme of the source has none: a GET is told who listens, a POST is kept', async () => {
    const { app, stored } = await intakeOf({ scheme: 'none' })
    const look = await app.inject({ method: 'GET', url: '/in/orders?crc_token=x&hub.mode=subscribe&hub.challenge=x' })
    expect(look.json()).toEqual({ source: 'orders', accepts: 'POST' })
    const payload = JSON.stringify({ type: 'url_verification', challenge: 'say this' })
    const post = await app.inject({ method: 'POST', url: '/in/orders', payload })
    expect(post.body).not.toContain('say this')
    expect(stored).toHaveLength(1)
  })
})

describe('what is kept of a signed callback', () => {
  const cases = vectors.map(({ verify, source, ...rest }) => ({ name: `${verify.scheme}, ${source}`, verify, ...rest }))

  it.each(cases)('is no signature and no secret: $name', async ({ verify, headers, body, url }) => {
    const { app, stored } = await intakeOf(verify)
    const path = url === undefined ? '/in/orders' : url.replace('https://becket.example.org', '')
    await app.inject({ method: 'POST', url: path.replace(/^\/in\/\w+/, '/in/orders'), headers, payload: body })
    expect(stored).toHaveLength(1)
    const kept = JSON.stringify(stored[0]?.headers)
    expect(kept).not.toContain('test-key')
    for (const [name, value] of Object.entries(headers)) {
      if (/time|content-type|-id$|delivery/i.test(name)) continue
      expect(kept).not.toContain(value)
    }
  })
})
