import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { verifySignature } from './judge.ts'
import type { SignedRequest } from './request.ts'
import type { VerifyConfig } from './verify-config.ts'

const nowMs = 1_700_000_000_000
const body = Buffer.from('{"id":"o-1"}')
const base64Key = (text: string) => Buffer.from(text).toString('base64')

/** Headers as pairs, so that one can come twice; joined as Node joins them. */
function requestWith(rawHeaders: [string, string][], bytes = body): SignedRequest {
  const headers: Record<string, string> = {}
  for (const [name, value] of rawHeaders) {
    const key = name.toLowerCase()
    headers[key] = key in headers ? `${headers[key]}, ${value}` : value
  }
  return { method: 'POST', url: 'https://becket.example.org/in/orders', headers, rawHeaders, body: bytes }
}

function reasonOf(verify: VerifyConfig, request: SignedRequest): string {
  const verdict = verifySignature(verify, request, nowMs)
  return verdict.verdict === 'verified' ? 'verified' : `${verdict.verdict}: ${verdict.reason}`
}

const hmac = (key: Buffer | string, content: Buffer | string) => createHmac('sha256', key).update(content).digest()

describe('standard-webhooks', () => {
  const key = 'test-key-of-the-orders-source'
  const verify: VerifyConfig = { scheme: 'standard-webhooks', secrets: [`whsec_${base64Key(key)}`] }
  // Made with: printf 'msg_1.1700000000.{"id":"o-1"}' | openssl dgst -sha256 -mac HMAC -binary | base64
  const golden = 'v1,d31ZELBveSJMQ4Uc/Y88MwJIDll/sH1XIVO/UwG5zQw='
  const signed = (overrides: Record<string, string> = {}, brand = 'webhook'): [string, string][] =>
    Object.entries({ id: 'msg_1', timestamp: '1700000000', signature: golden, ...overrides }).map(([part, value]) => [
      `${brand}-${part}`,
      value,
    ])
  const signedAt = (seconds: number) =>
    signed({
      timestamp: String(seconds),
      signature: `v1,${hmac(key, Buffer.concat([Buffer.from(`msg_1.${seconds}.`), body])).toString('base64')}`,
    })

  it('verifies what another implementation signed', () => {
    expect(reasonOf(verify, requestWith(signed()))).toBe('verified')
  })

  it('verifies the same under the names of Svix, in any case, and with a bare base64 secret', () => {
    expect(reasonOf(verify, requestWith(signed({}, 'svix')))).toBe('verified')
    expect(reasonOf(verify, requestWith(signed({}, 'Webhook')))).toBe('verified')
    expect(reasonOf({ scheme: 'standard-webhooks', secrets: [base64Key(key)] }, requestWith(signed()))).toBe('verified')
  })

  it('verifies while a secret is changed: several secrets here, several signatures there', () => {
    const secrets = [`whsec_${base64Key('test-key-that-is-new')}`, `whsec_${base64Key(key)}`]
    const other = `v1,${Buffer.alloc(32, 7).toString('base64')}`
    expect(reasonOf({ scheme: 'standard-webhooks', secrets }, requestWith(signed()))).toBe('verified')
    expect(reasonOf(verify, requestWith(signed({ signature: `v1a,AAAA ${other} ${golden}` })))).toBe('verified')
  })

  it.each([
    ['another body', requestWith(signed(), Buffer.from('{"id":"o-2"}')), 'the signature fits no secret of the source'],
    ['another id', requestWith(signed({ id: 'msg_2' })), 'the signature fits no secret of the source'],
    ['another time', requestWith(signed({ timestamp: '1700000001' })), 'the signature fits no secret of the source'],
    ['a time in words', requestWith(signed({ timestamp: 'now' })), 'the timestamp is not a number of seconds'],
    [
      'no v1',
      requestWith(signed({ signature: golden.replace('v1,', 'v2,') })),
      'no signature of version v1 is in the list',
    ],
    ['a short signature', requestWith(signed({ signature: 'v1,AAAA' })), 'the signature has 3 bytes, not 32'],
    ['a signature that is not base64', requestWith(signed({ signature: 'v1,***' })), 'the signature is not base64'],
    ['an empty list', requestWith(signed({ signature: '' })), 'no signature of version v1 is in the list'],
    ['a header twice', requestWith([...signed(), ['Webhook-Id', 'msg_1']]), 'webhook-id came more than once'],
  ])('refuses %s', (_, request, reason) => {
    expect(reasonOf(verify, request)).toBe(`refused: ${reason}`)
  })

  it('names the headers that did not come, and calls that unsigned', () => {
    expect(reasonOf(verify, requestWith([]))).toBe(
      'unsigned: webhook-id and webhook-timestamp and webhook-signature did not come',
    )
    expect(reasonOf(verify, requestWith(signed({}, 'svix').slice(0, 2)))).toBe('unsigned: svix-signature did not come')
  })

  it('allows five minutes to either side, and says how far beyond that a good signature is', () => {
    expect(reasonOf(verify, requestWith(signedAt(1_700_000_000 - 300)))).toBe('verified')
    expect(reasonOf(verify, requestWith(signedAt(1_700_000_000 + 300)))).toBe('verified')
    expect(reasonOf(verify, requestWith(signedAt(1_700_000_000 - 301)))).toBe(
      'refused: the signature fits, but was made 5 min 1 s ago; 5 min are allowed',
    )
    expect(reasonOf(verify, requestWith(signedAt(1_700_000_000 + 3600)))).toBe(
      'refused: the signature fits, but was made 1 h ahead; 5 min are allowed',
    )
  })

  it('cannot be fooled by cutting a genuine message at another dot', () => {
    const text = Buffer.from('1700000000.attack')
    const genuine = hmac(key, 'msg_1.1699990000.1700000000.attack').toString('base64')
    const headers = signed({ id: 'msg_1.1699990000', timestamp: '1700000000', signature: `v1,${genuine}` })
    expect(reasonOf(verify, requestWith(headers, text.subarray(11)))).toBe('refused: the id ends like a timestamp')
  })

  it.each(['', 'whsec_', 'whsec_not base64'])('never verifies by a secret that is unusable: %j', (secret) => {
    const empty = hmac('', Buffer.concat([Buffer.from('msg_1.1700000000.'), body])).toString('base64')
    const request = requestWith(signed({ signature: `v1,${empty}` }))
    const reason = 'refused: the source has no usable secret to verify with'
    expect(reasonOf({ scheme: 'standard-webhooks', secrets: [secret] }, request)).toBe(reason)
    expect(reasonOf({ scheme: 'standard-webhooks', secrets: [] }, request)).toBe(reason)
  })
})

describe('hmac-sha256', () => {
  // Made with: printf '{"id":"o-1"}' | openssl dgst -sha256 -hmac test-key
  const hex = 'd62ecb446f2c057e08308ce2c42e9a26a5e8dd50243b76c434c7740acce2c625'
  const base64 = '1i7LRG8sBX4IMIzixC6aJqXo3VAkO3bENMd0CszixiU='
  const plain = { scheme: 'hmac-sha256', secrets: ['test-key'], header: 'X-Signature', encoding: 'hex' } as const
  const verify: VerifyConfig = { ...plain, secrets: ['test-key'] }
  const prefixed: VerifyConfig = { ...plain, secrets: ['test-key'], header: 'LC-Signature', prefix: 'sha256=' }

  it('verifies hex, base64 and a prefix', () => {
    expect(reasonOf(verify, requestWith([['x-signature', hex]]))).toBe('verified')
    expect(reasonOf(verify, requestWith([['X-SIGNATURE', hex.toUpperCase()]]))).toBe('verified')
    expect(reasonOf({ ...verify, encoding: 'base64' }, requestWith([['x-signature', base64]]))).toBe('verified')
    expect(reasonOf(prefixed, requestWith([['lc-signature', `sha256=${hex}`]]))).toBe('verified')
  })

  it.each([
    ['a missing prefix', prefixed, hex, 'the signature does not begin with "sha256="'],
    ['the other encoding', verify, base64, 'the signature is not hex'],
    ['a signature cut short', verify, hex.slice(0, 62), 'the signature has 31 bytes, not 32'],
    ['half a byte', verify, hex.slice(0, 63), 'the signature has 31 bytes, not 32'],
    ['an empty value', verify, '', 'the signature has 0 bytes, not 32'],
    ['one wrong digit', verify, `0${hex.slice(1)}`, 'the signature fits no secret of the source'],
  ])('refuses %s', (_, config, value, reason) => {
    const header = config === prefixed ? 'lc-signature' : 'x-signature'
    expect(reasonOf(config, requestWith([[header, value]]))).toBe(`refused: ${reason}`)
  })

  it('refuses the header twice, also when both fit', () => {
    const request = requestWith([
      ['x-signature', hex],
      ['X-Signature', hex],
    ])
    expect(reasonOf(verify, request)).toBe('refused: x-signature came more than once')
  })

  it('verifies any body under any of its secrets, and no body that differs in one bit', () => {
    const bodies = fc.uint8Array({ minLength: 1, maxLength: 200 }).map((bytes) => Buffer.from(bytes))
    const secrets = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 20 }), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(bodies, secrets, fc.nat(), (bytes, all, pick) => {
        const signature = hmac(all[pick % all.length] ?? '', bytes).toString('hex')
        const config: VerifyConfig = { ...verify, secrets: all }
        expect(reasonOf(config, requestWith([['x-signature', signature]], bytes))).toBe('verified')
        const flipped = Buffer.from(bytes)
        flipped.writeUInt8(flipped.readUInt8(pick % bytes.length) ^ (1 << (pick % 8)), pick % bytes.length)
        const verdict = verifySignature(config, requestWith([['x-signature', signature]], flipped), nowMs)
        expect(verdict.verdict).toBe('refused')
      }),
    )
  })
})

describe('static-header', () => {
  const verify: VerifyConfig = { scheme: 'static-header', secrets: ['test-key', 'test-key-old'], header: 'X-Secret' }

  it('verifies the value of any of its secrets', () => {
    expect(reasonOf(verify, requestWith([['x-secret', 'test-key']]))).toBe('verified')
    expect(reasonOf(verify, requestWith([['x-secret', 'test-key-old']]))).toBe('verified')
  })

  it('verifies a value that is not ASCII, which HTTP hands over byte by byte', () => {
    const value = Buffer.from('schlüssel', 'utf8').toString('latin1')
    expect(reasonOf({ ...verify, secrets: ['schlüssel'] }, requestWith([['x-secret', value]]))).toBe('verified')
  })

  it.each(['', 'test', 'test-key-', 'TEST-KEY', 'test-key, test-key'])('refuses %j', (value) => {
    expect(reasonOf(verify, requestWith([['x-secret', value]]))).toBe(
      'refused: the signature fits no secret of the source',
    )
  })

  it('never verifies by an empty secret', () => {
    expect(reasonOf({ ...verify, secrets: [''] }, requestWith([['x-secret', '']]))).toBe(
      'refused: the source has no usable secret to verify with',
    )
  })

  it('is unsigned without the header, also where its name is one that objects inherit', () => {
    expect(reasonOf(verify, requestWith([]))).toBe('unsigned: x-secret did not come')
    expect(reasonOf({ ...verify, header: 'constructor' }, requestWith([]))).toBe('unsigned: constructor did not come')
  })
})

describe('every scheme', () => {
  it('is unsigned where the source has none, whatever came', () => {
    expect(reasonOf({ scheme: 'none' }, requestWith([['x-signature', 'anything']]))).toBe(
      'unsigned: the source has no signature scheme',
    )
  })

  it('never puts a secret or a claimed signature into a reason', () => {
    const value = fc.string({ minLength: 8, maxLength: 64, unit: fc.constantFrom(...'abcdef0123456789+/=., v1') })
    fc.assert(
      fc.property(value, (claimed) => {
        const configs: VerifyConfig[] = [
          { scheme: 'hmac-sha256', secrets: ['test-key-hidden'], header: 'x-s', encoding: 'hex' },
          { scheme: 'static-header', secrets: ['test-key-hidden'], header: 'x-s' },
        ]
        for (const config of configs) {
          const reason = reasonOf(config, requestWith([['x-s', claimed]]))
          expect(reason).not.toContain('test-key-hidden')
          expect(reason).not.toContain(claimed)
        }
      }),
    )
  })
})
