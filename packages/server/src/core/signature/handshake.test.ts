import { createHmac, generateKeyPairSync, sign } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { handshakeFor } from './handshake.ts'
import { verifySignature } from './judge.ts'
import type { SignedRequest } from './request.ts'
import { sharedSecretSchemes } from './shared-secret-schemes.ts'
import type { VerifyConfig } from './verify-config.ts'

const nowMs = 1_700_000_000_000
const seconds = '1700000000'
const hmacHex = (key: string, text: string) => createHmac('sha256', key).update(text).digest('hex')

function post(body: unknown, headers: Record<string, string>): SignedRequest {
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
  const url = 'https://becket.example.org/in/x'
  return { method: 'POST', url, headers, rawHeaders: Object.entries(headers), body: bytes }
}

function get(query: Record<string, string>): SignedRequest {
  const url = `https://becket.example.org/in/x?${new URLSearchParams(query)}`
  return { method: 'GET', url, headers: {}, rawHeaders: [], body: Buffer.alloc(0) }
}

const text = (body: unknown) => (typeof body === 'string' ? body : JSON.stringify(body))
const slackPost = (body: unknown, key = 'test-key') =>
  post(body, {
    'x-slack-request-timestamp': seconds,
    'x-slack-signature': `v0=${hmacHex(key, `v0:${seconds}:${text(body)}`)}`,
  })
const zoomPost = (body: unknown, key = 'test-key') =>
  post(body, {
    'x-zm-request-timestamp': seconds,
    'x-zm-signature': `v0=${hmacHex(key, `v0:${seconds}:${text(body)}`)}`,
  })

describe('slack', () => {
  const verify: VerifyConfig = { scheme: 'slack', secrets: ['new-key', 'test-key'] }
  const question = { type: 'url_verification', token: 'x', challenge: 'a word to say' }

  it('gets its challenge back', () => {
    expect(handshakeFor(verify, slackPost(question), nowMs)).toEqual({
      kind: 'answer',
      status: 200,
      body: { challenge: 'a word to say' },
    })
  })

  it('gets no answer unless the question is signed, and lately', () => {
    expect(handshakeFor(verify, slackPost(question, 'other-key'), nowMs)).toBeUndefined()
    expect(handshakeFor(verify, post(question, {}), nowMs)).toBeUndefined()
    expect(handshakeFor(verify, slackPost(question), nowMs + 600_000)).toBeUndefined()
  })

  it.each([
    { type: 'event_callback', challenge: 'x' },
    { type: 'url_verification' },
    { type: 'url_verification', challenge: 5 },
    [],
    'null',
    'not JSON',
    { type: 'url_verification', challenge: 'x'.repeat(20_000) },
  ])('sends callbacks as well, which are none: %j', (body) => {
    expect(handshakeFor(verify, slackPost(body), nowMs)).toBeUndefined()
  })
})

describe('zoom', () => {
  const verify: VerifyConfig = { scheme: 'zoom', secrets: ['new-key', 'test-key'] }
  const question = (plainToken: unknown) => ({ event: 'endpoint.url_validation', payload: { plainToken } })

  it('gets its token back, and the HMAC of it by the secret that it used', () => {
    expect(handshakeFor(verify, zoomPost(question('q1w2-E3_r4')), nowMs)).toEqual({
      kind: 'answer',
      status: 200,
      body: { plainToken: 'q1w2-E3_r4', encryptedToken: hmacHex('test-key', 'q1w2-E3_r4') },
    })
  })

  it('gets nothing signed unless the question is', () => {
    expect(handshakeFor(verify, zoomPost(question('abc'), 'other-key'), nowMs)).toBeUndefined()
    expect(handshakeFor(verify, post(question('abc'), {}), nowMs)).toBeUndefined()
  })

  it('gets nothing signed that could be taken for a callback', () => {
    expect(handshakeFor(verify, zoomPost(question(`v0:${seconds}:{}`)), nowMs)).toMatchObject({ kind: 'refused' })
    expect(handshakeFor(verify, zoomPost(question(7)), nowMs)).toBeUndefined()
    expect(handshakeFor(verify, zoomPost({ event: 'meeting.ended', payload: {} }), nowMs)).toBeUndefined()
  })
})

describe('meta', () => {
  const verify: VerifyConfig = { scheme: 'meta', secrets: ['test-key'], verifyTokens: ['old-word', 'new-word'] }
  const question = (token: string, challenge = '1158201444') =>
    get({ 'hub.mode': 'subscribe', 'hub.challenge': challenge, 'hub.verify_token': token })

  it('gets its challenge back as plain text, if it knows one of the words', () => {
    for (const word of ['old-word', 'new-word']) {
      expect(handshakeFor(verify, question(word), nowMs)).toEqual({ kind: 'answer', status: 200, body: '1158201444' })
    }
  })

  it.each([
    ['another word', question('other-word')],
    ['no word', question('')],
    ['a challenge that is markup', question('new-word', '<script>alert(1)</script>')],
  ])('is refused with %s', (_, request) => {
    expect(handshakeFor(verify, request, nowMs)).toMatchObject({ kind: 'refused' })
  })

  it('is refused where the source has no word, also with none', () => {
    expect(handshakeFor({ scheme: 'meta', secrets: ['test-key'] }, question(''), nowMs)).toMatchObject({
      kind: 'refused',
      reason: 'the source has no verifyToken to compare with',
    })
    const empty: VerifyConfig = { ...verify, verifyTokens: [''] }
    expect(handshakeFor(empty, question(''), nowMs)).toMatchObject({ kind: 'refused' })
  })
})

describe('twitter', () => {
  const verify: VerifyConfig = { scheme: 'twitter', secrets: ['test-key', 'old-key'] }

  it('gets the HMAC of its token, by the first secret', () => {
    const digest = createHmac('sha256', 'test-key').update('9b4507b3-9040').digest('base64')
    expect(handshakeFor(verify, get({ crc_token: '9b4507b3-9040', nonce: 'n' }), nowMs)).toEqual({
      kind: 'answer',
      status: 200,
      body: { response_token: `sha256=${digest}` },
    })
  })

  it('signs no body that somebody sends as a token', () => {
    const forged = '{"id":"o-1","status":"done"}'
    expect(handshakeFor(verify, get({ crc_token: forged }), nowMs)).toMatchObject({ kind: 'refused' })
    const signature = `sha256=${createHmac('sha256', 'test-key').update(forged).digest('base64')}`
    const callback = post(forged, { 'x-twitter-webhooks-signature': signature })
    // What an answer would have been good for:
    expect(verifySignature(verify, callback, nowMs)).toEqual({ verdict: 'verified' })
  })
})

describe('discord', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const pem = publicKey.export({ format: 'pem', type: 'spki' }).toString()
  const verify: VerifyConfig = { scheme: 'discord', publicKeys: ['ab'.repeat(32), pem] }
  const signed = (body: unknown) =>
    post(body, {
      'x-signature-timestamp': seconds,
      'x-signature-ed25519': sign(null, Buffer.from(seconds + text(body)), privateKey).toString('hex'),
    })

  it('gets a pong for the ping of interactions, and 204 for that of webhook events', () => {
    const pong = { kind: 'answer', status: 200, body: { type: 1 } }
    expect(handshakeFor(verify, signed({ type: 1, id: '1' }), nowMs)).toEqual(pong)
    const empty = { kind: 'answer', status: 204, body: undefined }
    expect(handshakeFor(verify, signed({ version: 1, type: 0 }), nowMs)).toEqual(empty)
  })

  it('sends callbacks as well: an interaction, an event', () => {
    expect(handshakeFor(verify, signed({ type: 2, data: { name: 'x' } }), nowMs)).toBeUndefined()
    expect(handshakeFor(verify, signed({ type: 1, event: { type: 'ENTITLEMENT_CREATE' } }), nowMs)).toBeUndefined()
  })

  it('gets no pong for a ping that is not signed', () => {
    const unsigned = { ...signed({ type: 1 }), headers: {}, rawHeaders: [] }
    expect(handshakeFor(verify, unsigned, nowMs)).toBeUndefined()
  })
})

describe('every other scheme', () => {
  it('has no handshake, whatever is asked', () => {
    const others = Object.entries(sharedSecretSchemes).filter(([, row]) => !('handshake' in row))
    expect(others.length).toBeGreaterThan(10)
    for (const scheme of ['none', 'static-header'] as const) {
      const verify: VerifyConfig = scheme === 'none' ? { scheme } : { scheme, header: 'x', secrets: ['test-key'] }
      expect(handshakeFor(verify, slackPost({ type: 'url_verification', challenge: 'x' }), nowMs)).toBeUndefined()
      expect(handshakeFor(verify, get({ crc_token: 'x', 'hub.mode': 'subscribe' }), nowMs)).toBeUndefined()
    }
    const github: VerifyConfig = { scheme: 'github', secrets: ['test-key'] }
    expect(handshakeFor(github, get({ crc_token: 'x', 'hub.challenge': 'x' }), nowMs)).toBeUndefined()
  })
})
