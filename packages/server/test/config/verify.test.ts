import { describe, expect, it } from 'vitest'
import { describeConfig } from '../../src/config/print.ts'
import { publicKeySchemes } from '../../src/core/signature/public-key-schemes.ts'
import { sharedSecretSchemes } from '../../src/core/signature/shared-secret-schemes.ts'
import { createWorkplace } from './workplace.ts'

const ED25519_HEX = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a'
const JWK = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' }

/** JSON is YAML. */
const file = (verify: unknown) => ({
  'becket.yaml': `sources:\n  orders:\n    provider: http\n    verify: ${typeof verify === 'string' ? verify : JSON.stringify(verify)}\n`,
})

async function read(verify: unknown, env: Record<string, string> = {}) {
  const { load } = await createWorkplace(file(verify))
  return (await load(env)).config.sources.orders?.verify
}

async function told(verify: unknown): Promise<string> {
  const { problems } = await createWorkplace(file(verify))
  return (await problems()).join('\n')
}

describe('the scheme of a source', () => {
  it('may be any of the tables', async () => {
    for (const scheme of Object.keys(sharedSecretSchemes)) {
      expect(await read({ scheme, secret: 'dGVzdA==' })).toEqual({ scheme, secrets: ['dGVzdA=='] })
    }
    const spki =
      'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEfY1efCVnfyczWXAC0OoIdfJy/hOJSdeiSVlJMna1pl6PVKNVs0dDtaHI2Vzgw1crMPkOKj8jg67OO/FzvAL1Dg=='
    for (const scheme of Object.keys(publicKeySchemes)) {
      const publicKey = scheme === 'sendgrid' ? spki : ED25519_HEX
      expect(await read({ scheme, publicKey })).toEqual({ scheme, publicKeys: [publicKey] })
    }
  })

  it.each([
    [
      { scheme: 'stripe', secret: ['new-key', 'old-key'], tolerance: '10m' },
      { scheme: 'stripe', secrets: ['new-key', 'old-key'], toleranceMs: 600_000 },
    ],
    [
      { scheme: 'meta', secret: 'test-key', verifyToken: 'a word' },
      { scheme: 'meta', secrets: ['test-key'], verifyTokens: ['a word'] },
    ],
    [
      { scheme: 'basic', username: 'deepgram', password: ['a:b', 'c'] },
      { scheme: 'basic', secrets: ['deepgram:a:b', 'deepgram:c'] },
    ],
    [
      { scheme: 'bearer', secret: 'test-key' },
      { scheme: 'bearer', secrets: ['test-key'] },
    ],
    [
      { scheme: 'hmac', secret: 'test-key', header: 'X-Sign', signed: '{timestamp}.{body}', timestampHeader: 'X-Time' },
      {
        scheme: 'hmac',
        secrets: ['test-key'],
        algorithm: 'sha256',
        header: 'X-Sign',
        encoding: 'hex',
        prefix: '',
        signed: '{timestamp}.{body}',
        timestampHeader: 'X-Time',
        timestampUnit: 's',
      },
    ],
  ])('is read with its options: %j', async (written, verify) => {
    expect(await read(written)).toEqual(verify)
  })

  it('takes a JSON Web Key Set as a map, and as JSON from the environment', async () => {
    const keys = { keys: [JWK, { ...JWK, kid: 'next' }] }
    const verify = { scheme: 'fal', publicKeys: keys.keys.map((key) => JSON.stringify(key)) }
    expect(await read({ scheme: 'fal', publicKey: keys })).toEqual(verify)
    expect(await read(`{scheme: fal, publicKey: '\${FAL_KEYS}'}`, { FAL_KEYS: JSON.stringify(keys) })).toEqual(verify)
  })

  it('is refused where nobody knows it, with the nearest one or all', async () => {
    expect(await told({ scheme: 'stirpe', secret: 'test-key' })).toBe(
      'sources.orders.verify.scheme: unknown `stirpe`, did you mean `stripe`? (becket.yaml:4)',
    )
    expect(await told({ scheme: 'standardwebhook', secret: 'test-key' })).toContain('did you mean `standard-webhooks`?')
    expect(await told({ scheme: 'carrier-pigeon' })).toMatch(/expected one of none, .*stripe, .*bearer, but was/)
    expect(await told({ secret: 'test-key' })).toMatch(/scheme: is missing: expected one of none, /)
  })

  it.each([
    [{ scheme: 'slack', secret: 'test-key', toleranse: '1m' }, 'did you mean `tolerance`?'],
    [{ scheme: 'github', secret: 'test-key', tolerance: '1m' }, 'unknown option `tolerance`'],
    [{ scheme: 'github' }, 'verify.secret: is missing: expected a secret'],
    [{ scheme: 'openai', secret: 'no base64' }, 'verify.secret: expected a secret in base64'],
    [{ scheme: 'openai', secret: ['dGVzdA==', 'no base64'] }, 'verify.secret[1]: expected a secret in base64'],
    [{ scheme: 'discord', publicKey: 'abc' }, 'verify.publicKey: expected an Ed25519 public key'],
    [{ scheme: 'discord' }, 'verify.publicKey: is missing: expected an Ed25519 public key'],
    [{ scheme: 'sendgrid', publicKey: ED25519_HEX }, 'verify.publicKey: expected a P-256 public key'],
    [{ scheme: 'fal', publicKey: { keys: [] } }, 'verify.publicKey: expected an Ed25519 public key'],
    [{ scheme: 'basic', username: 'a:b', password: 'x' }, 'verify.username: expected a user name without a colon'],
  ])('is refused with options that do not fit: %j', async (written, problem) => {
    expect(await told(written)).toContain(problem)
  })

  const hmac = { scheme: 'hmac', secret: 'test-key', header: 'X-Sign' }
  it.each([
    [{ ...hmac, signed: '{boddy}' }, '`boddy` is none, did you mean `body`?'],
    [{ ...hmac, signed: '{method}' }, 'anybody could send another body'],
    [{ ...hmac, timestampHeader: 'X-Time' }, 'a time that is not signed could be changed by anybody'],
    [{ ...hmac, signed: '{timestamp}{body}' }, '`timestampHeader` or `timestampField` beside it'],
    [{ ...hmac, signed: '{header:x-id}{body}' }, 'a mark between {header:x-id} and {body}'],
    [{ ...hmac, signed: '{timestamp}.{body}', timestampField: 't' }, '`signatureField` beside it'],
    [{ ...hmac, header: 'X Sign' }, 'verify.header: expected the name of a header'],
    [{ ...hmac, algorithm: 'md5' }, 'one of sha1, sha256, sha512'],
  ])('is refused where what is signed could be forged: %j', async (written, problem) => {
    expect(await told(written)).toContain(problem)
  })

  it.each([
    [{ scheme: 'twilio', secret: 'test-key' }, 1],
    [{ ...hmac, signed: '{path}.{body}' }, 1],
    [{ ...hmac, signed: '{header:x-url}.{body}' }, 0],
    [{ scheme: 'stripe', secret: 'test-key' }, 0],
  ])('brings a warning where the address is signed and nobody says what it is: %j', async (written, count) => {
    const { load } = await createWorkplace(file(written))
    expect((await load()).warnings.filter((warning) => warning.includes('publicUrl'))).toHaveLength(count)
    const told = (await load({ BECKET_PUBLIC_URL: 'https://becket.example.org' })).warnings
    expect(told).toEqual([])
  })

  it('is shown without its secrets', async () => {
    const { load } = await createWorkplace(
      file({ scheme: 'meta', secret: ['hush-1', 'hush-2'], verifyToken: 'hush-3' }),
    )
    const shown = describeConfig(await load())
    expect(JSON.stringify(shown)).not.toContain('hush')
    const rows = Object.fromEntries(shown.options.map(({ path, value }) => [path, value]))
    expect(rows['sources.orders.verify']).toBe('meta')
    expect(rows['sources.orders.verify.verifyToken']).toBe('********')
  })

  it('never repeats a secret in a problem', async () => {
    const wrong = { scheme: 'basic', username: 'u', password: { deep: 'hush-1' }, secret: 'hush-2' }
    expect(await told(wrong)).not.toContain('hush')
    expect(await told({ scheme: 'openai', secret: 'hush hush' })).not.toContain('hush')
  })
})
