import { createHash, generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { verifySignature } from './judge.ts'
import { publicKeySchemes } from './public-key-schemes.ts'
import { schemeOf } from './scheme-of.ts'
import { sharedSecretSchemes } from './shared-secret-schemes.ts'
import { oldestSignatureMs, type SigningResult, signCallback, type UnsignedCallback, withWrongSecret } from './sign.ts'
import type { PublicKeyScheme, SharedSecretScheme, Signing } from './verify-config.ts'

const NOW_MS = 1_700_000_000_123
const MINUTE = 60_000

function pair(kind: 'ed25519' | 'ecdsa-p256') {
  const made = kind === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return {
    publicKey: made.publicKey.export({ format: 'pem', type: 'spki' }).toString(),
    privateKey: made.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
  }
}

const keys = { ed25519: pair('ed25519'), 'ecdsa-p256': pair('ecdsa-p256') }
const strangers = { ed25519: pair('ed25519'), 'ecdsa-p256': pair('ecdsa-p256') }
const keyKindOf = (verify: Signing) => (schemeOf(verify).proof.kind === 'ed25519' ? 'ed25519' : 'ecdsa-p256')

// A table has no keys but its own, which TypeScript does not promise.
const names = <Name extends string>(table: Record<Name, unknown>) => Object.keys(table) as Name[]
const secrets = [Buffer.from('test-key-of-the-source').toString('base64'), 'b2xkLXRlc3Qta2V5']

const described = { header: 'X-Sign', encoding: 'hex', prefix: 'v2:' } as const
const timed = { signed: '{method} {path}\n{header:x-delivery}\n{timestamp}\n{bodySha256}', timestampHeader: 'X-Time' }

/** Every scheme there is: a new row is tried as soon as it stands in its table. */
const all: Signing[] = [
  ...names<SharedSecretScheme>(sharedSecretSchemes).map((scheme) => ({ scheme, secrets })),
  ...names<PublicKeyScheme>(publicKeySchemes).map((scheme) => ({
    scheme,
    publicKeys: [keys[publicKeySchemes[scheme].proof.kind].publicKey],
  })),
  { scheme: 'hmac', algorithm: 'sha512', secrets, ...described, ...timed, timestampUnit: 'ms' },
  { scheme: 'hmac', algorithm: 'sha1', secrets, header: 'X-Hub', encoding: 'base64url', signed: '{url}|{body}' },
  {
    scheme: 'hmac',
    algorithm: 'sha256',
    secrets,
    header: 'X-Sync',
    encoding: 'hex',
    signed: '{timestamp}.{body}',
    signatureField: 'v1',
    timestampField: 't',
  },
  { scheme: 'ed25519', publicKeys: [keys.ed25519.publicKey], ...described, ...timed },
  { scheme: 'hmac-sha256', secrets, header: 'X-Sign', encoding: 'base64' },
  { scheme: 'static-header', secrets, header: 'X-Auth' },
  { scheme: 'basic', secrets: ['Ünï:öpen sésame'] },
  { scheme: 'bearer', secrets },
]
const each = all.map((verify) => [verify.scheme, verify] as const)
const signing = each.filter(([, verify]) => schemeOf(verify).signed.length > 0)

const callbacks = fc.record({
  method: fc.constantFrom('POST', 'PUT'),
  url: fc.constantFrom(
    'https://becket.example.org/in/orders',
    'https://becket.example.org:8443/in/orders?x=%2F&y=1',
    `http://127.0.0.1:7400/in/x?bodySHA256=${'0'.repeat(64)}&z=1`,
  ),
  body: fc.dictionary(fc.string(), fc.jsonValue()).map((value) => Buffer.from(JSON.stringify(value))),
})
const ids = fc.string({ unit: fc.constantFrom(...'abcXYZ019_-'), minLength: 1, maxLength: 30 })

const signedBy = (verify: Signing, callback: Omit<UnsignedCallback, 'headers'>, nowMs: number, id = 'msg_1') =>
  signCallback(
    verify,
    { ...callback, headers: { 'Content-Type': 'application/json' } },
    {
      nowMs,
      id,
      ...('publicKeys' in verify && { privateKey: keys[keyKindOf(verify)].privateKey }),
    },
  )

function judged(verify: Signing, { method }: { method: string }, result: SigningResult, nowMs = NOW_MS) {
  if (result.kind !== 'signed') throw new Error(`it was not signed: ${JSON.stringify(result)}`)
  const { url, body } = result
  const rawHeaders = [['content-type', 'application/json'] as const, ...Object.entries(result.headers)]
  const headers = Object.fromEntries(rawHeaders.map(([name, value]) => [name.toLowerCase(), value]))
  return verifySignature(verify, { method, url, headers, rawHeaders, body }, nowMs).verdict
}

describe('what is signed', () => {
  it.each(each)('by %s is verified', (_, verify) => {
    fc.assert(
      fc.property(callbacks, ids, (callback, id) => {
        expect(judged(verify, callback, signedBy(verify, callback, NOW_MS, id))).toBe('verified')
      }),
      { numRuns: 30 },
    )
  })

  it.each(signing)('by %s is refused once any byte of it has changed', (_, verify) => {
    fc.assert(
      fc.property(callbacks, fc.nat(), fc.integer({ min: 1, max: 255 }), (callback, pick, flip) => {
        const result = signedBy(verify, callback, NOW_MS)
        if (result.kind !== 'signed') throw new Error('it was not signed')
        const body = Buffer.from(result.body)
        const at = pick % body.length
        body.writeUInt8(body.readUInt8(at) ^ flip, at)
        expect(judged(verify, callback, { ...result, body })).toBe('refused')
      }),
      { numRuns: 30 },
    )
  })

  it.each(each)('by %s with a wrong secret is refused', (_, verify) => {
    fc.assert(
      fc.property(callbacks, (callback) => {
        const wrong = withWrongSecret(verify)
        const privateKey = strangers[keyKindOf(verify)].privateKey
        const by = { nowMs: NOW_MS, id: 'msg_1', ...('publicKeys' in verify && { privateKey }) }
        const result = signCallback(wrong, { ...callback, headers: { 'content-type': 'application/json' } }, by)
        expect(judged(verify, callback, result)).toBe('refused')
      }),
      { numRuns: 10 },
    )
  })

  it.each(each.filter(([, verify]) => schemeOf(verify).time !== undefined))(
    'by %s is refused once it is too old, or of the future',
    (_, verify) => {
      // Some schemes bound no age by themselves.
      const toleranceMs = oldestSignatureMs(verify) ?? 5 * MINUTE
      const bounded = { ...verify, toleranceMs }
      const callback = { method: 'POST', url: 'https://becket.example.org/in/orders', body: Buffer.from('{}') }
      const at = (ms: number) => judged(bounded, callback, signedBy(bounded, callback, NOW_MS + ms))
      expect(at(0)).toBe('verified')
      expect(at(-toleranceMs - MINUTE)).toBe('refused')
      expect(at(toleranceMs + MINUTE)).toBe('refused')
    },
  )

  it('takes what a scheme names beside the signature from the request, where it is there', () => {
    const verify: Signing = { scheme: 'standard-webhooks', secrets }
    const callback = { method: 'POST', url: 'https://becket.example.org/in/x', body: Buffer.from('{}') }
    const headers = { 'Webhook-Id': 'evt_7' }
    const result = signCallback(verify, { ...callback, headers }, { nowMs: NOW_MS, id: 'msg_1' })
    expect(result).toMatchObject({ kind: 'signed', headers: { 'webhook-id': 'evt_7' } })
  })

  it('is a form as it stands, and any other body by its hash in the address', () => {
    const verify: Signing = { scheme: 'twilio', secrets }
    const callback = {
      method: 'POST',
      url: 'https://becket.example.org/in/x?bodySHA256=00&a=1',
      body: Buffer.from('a=1'),
    }
    const type = { 'content-type': 'application/x-www-form-urlencoded' }
    const by = { nowMs: NOW_MS, id: 'msg_1' }
    const form = signCallback(verify, { ...callback, url: 'https://becket.example.org/in/x', headers: type }, by)
    expect(form).toMatchObject({ kind: 'signed', url: 'https://becket.example.org/in/x' })
    const hash = createHash('sha256').update('a=1').digest('hex')
    expect(signCallback(verify, { ...callback, headers: {} }, by)).toMatchObject({
      url: `https://becket.example.org/in/x?a=1&bodySHA256=${hash}`,
    })
  })
})

describe('what cannot be signed', () => {
  const callback = { method: 'POST', url: 'https://becket.example.org/in/x', headers: {}, body: Buffer.from('{}') }
  const by = { nowMs: NOW_MS, id: 'msg_1' }

  it('is nothing where the source demands no signature', () => {
    expect(signCallback({ scheme: 'none' }, callback, by)).toEqual({ kind: 'not-needed' })
    expect(oldestSignatureMs({ scheme: 'none' })).toBeNull()
  })

  it.each<[string, Signing, Partial<UnsignedCallback & typeof by> & { privateKey?: string }, RegExp]>([
    [
      'a scheme of a private key without one',
      { scheme: 'fal', publicKeys: [] },
      {},
      /only its provider can sign by fal/,
    ],
    [
      'a private key of another kind',
      { scheme: 'sendgrid', publicKeys: [] },
      { privateKey: keys.ed25519.privateKey },
      /not one of ecdsa-p256/,
    ],
    ['a private key that is none', { scheme: 'fal', publicKeys: [] }, { privateKey: 'test-key' }, /not one of ed25519/],
    ['a source without a secret', { scheme: 'github', secrets: [] }, {}, /has no secret/],
    ['an empty secret', { scheme: 'github', secrets: [''] }, {}, /is empty/],
    ['an empty secret that would be sent itself', { scheme: 'bearer', secrets: [''] }, {}, /is empty/],
    ['a secret that is no base64', { scheme: 'svix', secrets: ['no base64!'] }, {}, /the base64 that it has to be/],
    [
      'a body that cannot be dated',
      { scheme: 'linear', secrets },
      { body: Buffer.from('[]') },
      /has to be a JSON object/,
    ],
    ['a body that is no JSON', { scheme: 'linear', secrets }, { body: Buffer.from('a=b') }, /has to be a JSON object/],
    ['an id that could be cut elsewhere', { scheme: 'svix', secrets }, { id: 'msg.17' }, /ends like a timestamp/],
  ])('is %s, and says why', (_, verify, changes, reason) => {
    const result = signCallback(verify, { ...callback, ...changes }, { ...by, ...changes })
    expect(result.kind === 'impossible' ? result.reason : result.kind).toMatch(reason)
  })
})
