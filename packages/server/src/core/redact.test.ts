import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createTokenKeys, makeCallbackToken } from './callback-token.ts'
import { encodeId } from './id.ts'
import { redactHeaders, redactJson, redactText, redactUrl } from './redact.ts'
import { isSecretName } from './secret-name.ts'

const [unit, tail] = [fc.constantFrom(...'abcXYZ0189'), fc.constantFrom(...'abcXYZ0189-_.~')]
/** Something that nobody would otherwise write, so that finding it in an answer means that it survived. */
const secrets = fc
  .tuple(fc.string({ unit, minLength: 4, maxLength: 8 }), fc.string({ unit: tail, minLength: 8, maxLength: 40 }))
  .map(([head, rest]) => `${head}Q7${rest}`)
const secretNames = fc.constantFrom(
  ...['authorization', 'Cookie', 'X-Api-Key', 'apiKey', 'OPENAI_API_KEY', 'webhook_secret', 'access_token', 'token'],
  ...['X-Amz-Signature', 'LC-Signature', 'password', 'service_role_key', 'sig', 'X-Goog-Credential', 'xi-api-key'],
)
const plainNames = fc.constantFrom('id', 'status', 'url', 'message', 'data', 'operation', 'note')

// In two parts, so that nothing in this file looks like a key.
const lookalikes = [
  ['sk', '-proj-aaaaaaaaaaaaaaaaaaaa'],
  ['llx', '-aaaaaaaaaaaaaaaaaaaa'],
  ['whsec', '_dGVzdC1rZXktdGVzdC1rZXk='],
  ['ghp', '_aaaaaaaaaaaaaaaaaaaaaaaa'],
  ['AKIA', 'AAAAAAAAAAAAAAAA'],
  ['pat', 'aaaaaaaaaaaaaa.aaaaaaaaaaaaaaaaaaaaaaaa'],
  ['SG.', 'aaaaaaaaaaaaaaaaaaaaaa.aaaaaaaaaaaaaaaaaaaaaa'],
  ['eyJ', 'hbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl'],
  ['becket', '_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'],
  ['-----BEGIN RSA PRIVATE', ' KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----'],
].map((parts) => parts.join(''))

describe('names', () => {
  it.each([
    'Authorization',
    'set-cookie',
    'X-API-Key',
    'x-webhook-secret',
    'svix-signature',
    'X-Amz-Security-Token',
    'auth',
  ])('of secrets: %s', (name) => {
    expect(isSecretName(name)).toBe(true)
  })

  it.each([
    'key',
    'content-type',
    'webhook-id',
    'webhook-timestamp',
    'author',
    'max_tokens',
    'total_tokens',
    'design',
    'authenticated',
  ])('of what may be read: %s', (name) => {
    expect(isSecretName(name)).toBe(false)
  })
})

describe('headers', () => {
  it('keep their order and names, and lose the values of those that are secret', () => {
    const headers: [string, string][] = [
      ['Host', 'becket.example.org'],
      ['Authorization', 'Bearer test-key'],
      ['X-Webhook-Event-ID', 'evt-1'],
      ['LC-Signature', 'sha256=00'],
      ['X-Custom', 'test-key'],
    ]
    expect(redactHeaders(headers, ['x-custom'])).toEqual([
      ['Host', 'becket.example.org'],
      ['Authorization', '[redacted]'],
      ['X-Webhook-Event-ID', 'evt-1'],
      ['LC-Signature', '[redacted]'],
      ['X-Custom', '[redacted]'],
    ])
  })
})

describe('URLs', () => {
  it.each([
    ['https://user:test-key@api.example.org/v1', 'https://[redacted]@api.example.org/v1'],
    ['/in/nca?job_id=7&token=test-key&operation=combine', '/in/nca?job_id=7&token=[redacted]&operation=combine'],
    ['/in/nca/t/k1.exp.mac?job_id=7', '/in/nca/t/[redacted]?job_id=7'],
    ['https://s3/o.pdf?X-Amz-Signature=00&X-Amz-Date=1', 'https://s3/o.pdf?X-Amz-Signature=[redacted]&X-Amz-Date=1'],
    ['/cb?%74oken=test-key', '/cb?%74oken=[redacted]'],
    ['/cb#access_token=test-key&x=1', '/cb#access_token=[redacted]&x=1'],
    ['/cb?extra=callback_secret:test-key', '/cb?extra=callback_secret%3A%5Bredacted%5D'],
    ['/v1/expectations?key=doc-1&limit=5', '/v1/expectations?key=doc-1&limit=5'],
    ['/cb?token=%E0%A4%A', '/cb?token=[redacted]'],
  ])('lose their secrets and nothing else: %s', (url, redacted) => {
    expect(redactUrl(url)).toBe(redacted)
  })

  it('lose a token in a URL that another URL carries', () => {
    const inner = encodeURIComponent('https://becket.example.org/in/nca/t/k1.exp.hidden?job_id=7')
    expect(redactUrl(`https://api.example.org/submit?webhook_url=${inner}`)).not.toContain('hidden')
  })
})

describe('text', () => {
  it.each([
    ['sent Authorization: Bearer test-key to it', 'sent Authorization: [redacted]'],
    ['Cookie: a="b"; session=c\nHost: x', 'Cookie: [redacted]\nHost: x'],
    ['error: password=test-key, user=x', 'error: password=[redacted] user=x'],
    [`{"apiKey": "test-key", "n": 1} trailing`, `{"apiKey": "[redacted]", "n": 1} trailing`],
    [String.raw`body "{\"secret\":\"test-key\",\"n\":1}"`, String.raw`body "{\"secret\":\"[redacted]\",\"n\":1}"`],
    ['could not reach postgres://u:a/b#c@db:5432/x', 'could not reach postgres://[redacted]@db:5432/x'],
    ['Basic authentication failed, token expired', 'Basic authentication failed, token expired'],
    [
      'violates constraint "expectation_key_hash_attempt_key"',
      'violates constraint "expectation_key_hash_attempt_key"',
    ],
  ])('loses its secrets and nothing else: %s', (text, redacted) => {
    expect(redactText(text)).toBe(redacted)
  })

  it.each(lookalikes.map((key, index) => [index, key]))('loses a key that its look gives away (%i)', (_, key) => {
    for (const text of [`${key}`, `failed with ${key}, sorry`, `x="${key}"`, `/a?b=${key}&c`, `prefix/${key}`]) {
      expect(redactText(text)).not.toContain(key)
    }
    expect(redactText(`id doc_1, ${key} and more`)).toMatch(/^id doc_1, \[redacted\] and more$/)
  })

  it('takes linear time for hostile text', () => {
    // A pattern that backtracks would need hours for any of these.
    for (const part of [
      'eyJ-',
      'sk-',
      'a=',
      '"',
      '\\"',
      'postgres://',
      '/t/',
      'token ',
      '?a=http://b',
      '-----BEGIN ',
      '{"a":',
    ]) {
      const text = part.repeat(200_000 / part.length)
      expect(redactText(text).length).toBeGreaterThan(0)
      expect(redactUrl(text).length).toBeGreaterThan(0)
    }
  })
})

describe('JSON', () => {
  it('keeps its shape, its numbers of tokens and its booleans', () => {
    const value = {
      usage: { total_tokens: 12 },
      token: 'test-key',
      hasSecret: true,
      secret: null,
      list: [{ password: 1 }],
    }
    expect(redactJson(value)).toEqual({
      usage: { total_tokens: 12 },
      token: '[redacted]',
      hasSecret: true,
      secret: null,
      list: [{ password: '[redacted]' }],
    })
  })

  it('shows errors with their causes, bytes by their number, and ends in what never ends', () => {
    const endless: Record<string, unknown> = {}
    endless.again = endless
    const error = new Error('cannot call https://u:test-key@x', { cause: new Error('apiKey=test-key') })
    const shown = JSON.stringify(redactJson({ error, bytes: Buffer.alloc(7), endless, big: 1n }))
    expect(shown).not.toContain('test-key')
    expect(shown).toContain('[7 bytes]')
    expect(shown).toContain('[too deep]')
  })
})

describe('a planted secret never survives', () => {
  const check = (property: (secret: string, name: string) => string) =>
    fc.assert(
      fc.property(secrets, secretNames, (secret, name) => {
        expect(property(secret, name)).not.toContain(secret)
      }),
    )

  it('in a header', () => check((secret, name) => JSON.stringify(redactHeaders([[name, secret]]))))
  it('in a bearer header inside a text', () =>
    check((secret) => redactText(`curl -H "Authorization: Bearer ${secret}" x`)))
  it('in the user part of a URL', () => check((secret) => redactText(`at https://me:${secret}@example.org/a?b=c`)))
  it('in a query parameter', () => check((secret, name) => redactUrl(`/a?x=1&${name}=${secret}&y=2`)))
  it('in an encoded query parameter', () =>
    check((secret, name) => redactText(`see https://a/b?u=${encodeURIComponent(`https://c/d?${name}=${secret}`)}`)))
  it('in an assignment', () => check((secret, name) => redactText(`env: ${name}=${secret} and ${name}: '${secret}'`)))

  it('at any depth of a JSON value, as a value, as text, as JSON in a string, twice encoded', () => {
    const paths = fc.array(fc.oneof(plainNames, fc.constant(0)), { maxLength: 6 })
    fc.assert(
      fc.property(secrets, secretNames, paths, fc.nat({ max: 2 }), (secret, name, path, encodings) => {
        let value: unknown = { [name]: secret, note: `${name}=${secret}` }
        for (let round = 0; round < encodings; round++) value = JSON.stringify(value)
        for (const step of path) value = step === 0 ? [value] : { [step]: value, other: 1 }
        expect(JSON.stringify(redactJson(value))).not.toContain(secret)
        expect(redactText(JSON.stringify(value))).not.toContain(secret)
      }),
    )
  })

  it('as a callback token, in any text', () => {
    const keys = createTokenKeys([{ id: 'k1', key: Buffer.alloc(32, 1) }])
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.string(), (bytes, around) => {
        const token = makeCallbackToken(keys, encodeId('expectation', bytes))
        const mac = token.slice(-43)
        expect(redactText(`${around} ${token} ${around}`)).not.toContain(mac)
        expect(JSON.stringify(redactJson({ url: `/in/x/t/${token}` }))).not.toContain(mac)
      }),
    )
  })

  it('and redacting twice changes nothing more', () => {
    fc.assert(
      fc.property(secrets, secretNames, fc.string(), (secret, name, around) => {
        const once = redactText(`${around} ${name}: ${secret} ${around}`)
        expect(redactText(once)).toBe(once)
      }),
    )
  })
})
