import { generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { listPublicKeys, readPublicKey } from './public-key.ts'

const ed25519 = generateKeyPairSync('ed25519')
const p256 = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
const p384 = generateKeyPairSync('ec', { namedCurve: 'secp384r1' })
const der = (pair: typeof ed25519) => pair.publicKey.export({ format: 'der', type: 'spki' })
const pem = (pair: typeof ed25519) => pair.publicKey.export({ format: 'pem', type: 'spki' }).toString()
const jwk = (pair: typeof ed25519) => JSON.stringify(pair.publicKey.export({ format: 'jwk' }))
const bare = Buffer.from(ed25519.publicKey.export({ format: 'jwk' }).x ?? '', 'base64url')

describe('a public key', () => {
  it.each([
    ['32 bytes in hexadecimal', bare.toString('hex')],
    ['32 bytes in base64', bare.toString('base64')],
    ['32 bytes in base64url', bare.toString('base64url')],
    ['SPKI in base64', der(ed25519).toString('base64')],
    ['PEM', pem(ed25519)],
    ['PEM on one line, as environment variables have it', pem(ed25519).replaceAll('\n', '\\n')],
    ['a JSON Web Key', jwk(ed25519)],
  ])('of Ed25519 is read from %s', (_, written) => {
    expect(readPublicKey(written, 'ed25519')?.equals(ed25519.publicKey)).toBe(true)
  })

  it.each([
    ['SPKI in base64', der(p256).toString('base64')],
    ['PEM', pem(p256)],
    ['a JSON Web Key', jwk(p256)],
  ])('of P-256 is read from %s', (_, written) => {
    expect(readPublicKey(written, 'ecdsa-p256')?.equals(p256.publicKey)).toBe(true)
  })

  it('is refused where it is of another kind, or private', () => {
    expect(readPublicKey(pem(p256), 'ed25519')).toBeUndefined()
    expect(readPublicKey(pem(p384), 'ecdsa-p256')).toBeUndefined()
    expect(readPublicKey(bare.toString('hex'), 'ecdsa-p256')).toBeUndefined()
    const privatePem = ed25519.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
    expect(readPublicKey(privatePem, 'ed25519')).toBeUndefined()
    expect(readPublicKey(JSON.stringify(ed25519.privateKey.export({ format: 'jwk' })), 'ed25519')).toBeUndefined()
  })

  it('is never read from rubbish, which never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), fc.base64String()), (text) => {
        expect(readPublicKey(text, 'ecdsa-p256')).toBeUndefined()
      }),
    )
  })
})

describe('a list of public keys', () => {
  it('is read from a set, a key, a list, and JSON of each', () => {
    const key = { kty: 'OKP', crv: 'Ed25519', x: 'a' }
    const other = { ...key, x: 'b' }
    const both = [JSON.stringify(key), JSON.stringify(other)]
    expect(listPublicKeys({ keys: [key, other] })).toEqual(both)
    expect(listPublicKeys(JSON.stringify({ keys: [key, other] }))).toEqual(both)
    expect(listPublicKeys([key, JSON.stringify(other)])).toEqual(both)
    expect(listPublicKeys(key)).toEqual([JSON.stringify(key)])
    expect(listPublicKeys(' ab ')).toEqual(['ab'])
  })
})
