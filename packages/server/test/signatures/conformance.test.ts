/** Every scheme verifies what it should, and refuses what it must: the same trials for all of them. */
import { describe, expect, it } from 'vitest'
import { verifySignature } from '../../src/core/signature/judge.ts'
import { publicKeySchemes } from '../../src/core/signature/public-key-schemes.ts'
import type { SignedRequest } from '../../src/core/signature/request.ts'
import { schemeOf } from '../../src/core/signature/scheme-of.ts'
import { sharedSecretSchemes } from '../../src/core/signature/shared-secret-schemes.ts'
import { requestOf, requestWith, type Vector } from './vector.ts'
import { vectors } from './vectors.ts'

type Verify = Vector['verify']

const configurable: Verify['scheme'][] = ['hmac', 'ed25519', 'hmac-sha256', 'static-header', 'basic', 'bearer']

// The second key of RFC 8032, and the generator of P-256: keys of somebody else.
const OTHER_ED25519 = '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c'
const OTHER_P256 = JSON.stringify({
  kty: 'EC',
  crv: 'P-256',
  x: 'axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY',
  y: 'T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU',
})

function withKeys(verify: Verify, keys: (own: string[]) => string[]): Verify {
  return 'publicKeys' in verify
    ? { ...verify, publicKeys: keys(verify.publicKeys) }
    : { ...verify, secrets: keys(verify.secrets) }
}

function withTolerance(verify: Verify, toleranceMs: number): Verify {
  switch (verify.scheme) {
    case 'hmac-sha256':
    case 'static-header':
    case 'basic':
    case 'bearer':
      throw new Error(`${verify.scheme} signs no time`)
    default:
      return { ...verify, toleranceMs }
  }
}

/** A key of the same kind that is somebody else's. */
function otherKey(verify: Verify): string {
  const { proof } = schemeOf(verify)
  if (proof.kind === 'ed25519') return OTHER_ED25519
  if (proof.kind === 'ecdsa-p256') return OTHER_P256
  return proof.kind === 'hmac' && proof.key === 'base64' ? 'dGVzdC1rZXktb2Ytc29tZWJvZHktZWxzZQ==' : 'other-key'
}

function reasonOf(verify: Verify, request: SignedRequest, nowMs: number): string {
  const verdict = verifySignature(verify, request, nowMs)
  return verdict.verdict === 'verified' ? 'verified' : `${verdict.verdict}: ${verdict.reason}`
}

function headerNames(vector: Vector): string[] {
  const sets = schemeOf(vector.verify).headers.map((set) => Object.values(set).map((name) => name.toLowerCase()))
  const there = Object.keys(vector.headers).map((name) => name.toLowerCase())
  return sets.find((names) => names.every((name) => there.includes(name))) ?? []
}

/** The vector with one of its headers changed. */
function changed(vector: Vector, header: string, change: (value: string) => string): SignedRequest {
  const pairs = Object.entries(vector.headers).map(
    ([name, value]) => [name, name.toLowerCase() === header ? change(value) : value] as const,
  )
  return requestWith(vector, pairs)
}

const signatureHeader = (vector: Vector) =>
  schemeOf(vector.verify)
    .headers.map(({ signature }) => signature.toLowerCase())
    .find((name) => headerNames(vector).includes(name)) ?? ''

const named = vectors.map((vector) => [`${vector.verify.scheme}, ${vector.source}`, vector] as const)
const signing = named.filter(([, { verify }]) => schemeOf(verify).signed.length > 0)
const timed = named.filter(([, { verify }]) => schemeOf(verify).time !== undefined)

it('every scheme has a vector', () => {
  const all = [...Object.keys(sharedSecretSchemes), ...Object.keys(publicKeySchemes), ...configurable]
  expect([...new Set(vectors.map(({ verify }) => verify.scheme))].sort()).toEqual(all.sort())
})

describe('every scheme verifies', () => {
  it.each(named)('its vector: %s', (_, vector) => {
    expect(reasonOf(vector.verify, requestOf(vector), vector.nowMs)).toBe('verified')
  })

  it.each(named)('by the second of two keys: %s', (_, vector) => {
    const verify = withKeys(vector.verify, (own) => [otherKey(vector.verify), ...own])
    expect(reasonOf(verify, requestOf(vector), vector.nowMs)).toBe('verified')
  })
})

describe('every scheme refuses', () => {
  it.each(named)('the key of somebody else: %s', (_, vector) => {
    const verify = withKeys(vector.verify, () => [otherKey(vector.verify)])
    expect(reasonOf(verify, requestOf(vector), vector.nowMs)).toBe(
      'refused: the signature fits no secret of the source',
    )
  })

  it.each(named)('to verify without a usable key: %s', (_, vector) => {
    for (const keys of [[], ['']]) {
      const reason = reasonOf(
        withKeys(vector.verify, () => keys),
        requestOf(vector),
        vector.nowMs,
      )
      expect(reason).toBe('refused: the source has no usable secret to verify with')
    }
  })

  it.each(signing)('any changed byte of the body: %s', (_, vector) => {
    const request = requestOf(vector)
    for (let at = 0; at < request.body.length; at++) {
      const body = Buffer.from(request.body)
      body.writeUInt8(body.readUInt8(at) ^ 1, at)
      expect(verifySignature(vector.verify, { ...request, body }, vector.nowMs)).toMatchObject({ verdict: 'refused' })
    }
    const longer = { ...request, body: Buffer.concat([request.body, Buffer.from('&a=b')]) }
    expect(verifySignature(vector.verify, longer, vector.nowMs)).toMatchObject({ verdict: 'refused' })
    const empty = { ...request, body: Buffer.alloc(0) }
    expect(verifySignature(vector.verify, empty, vector.nowMs)).toMatchObject({ verdict: 'refused' })
  })

  it.each(timed)('what is too old, and what comes from the future: %s', (_, vector) => {
    const toleranceMs = schemeOf(vector.verify).time?.toleranceMs ?? 300_000
    const verify = withTolerance(vector.verify, toleranceMs)
    const judge = (distanceMs: number) => reasonOf(verify, requestOf(vector), vector.nowMs + distanceMs)
    expect(judge(toleranceMs)).toBe('verified')
    expect(judge(-toleranceMs)).toBe('verified')
    expect(judge(toleranceMs + 1)).toMatch(/^refused: the signature fits, but was made .* ago/)
    expect(judge(-toleranceMs - 1)).toMatch(/^refused: the signature fits, but was made .* ahead/)
  })

  it.each(named)('to verify without each of its headers: %s', (_, vector) => {
    const names = headerNames(vector)
    expect(names.length).toBeGreaterThan(0)
    for (const name of names) {
      const rest = Object.entries(vector.headers).filter(([each]) => each.toLowerCase() !== name)
      const reason = reasonOf(vector.verify, requestWith(vector, rest), vector.nowMs)
      expect(reason).toMatch(/^unsigned: .*did not come$/)
      expect(reason).toContain(name)
    }
  })

  it.each(named)('a signature that is too short, too long or empty: %s', (_, vector) => {
    const header = signatureHeader(vector)
    for (const change of [
      (value: string) => value.slice(0, -4),
      (value: string) => `${value}abcd`,
      (value: string) => value.replace(/[^,= ]+=*$/, ''),
      () => '',
    ]) {
      const reason = reasonOf(vector.verify, changed(vector, header, change), vector.nowMs)
      expect(reason).toMatch(/^refused: /)
    }
  })

  it.each(named)('each of its headers twice, also where both are the same: %s', (_, vector) => {
    for (const name of headerNames(vector)) {
      const again = Object.entries(vector.headers).filter(([each]) => each.toLowerCase() === name)
      const request = requestWith(vector, [...Object.entries(vector.headers), ...again])
      expect(reasonOf(vector.verify, request, vector.nowMs)).toBe(`refused: ${name} came more than once`)
    }
  })

  it.each(timed.filter(([, { verify }]) => schemeOf(verify).time?.bodyField === undefined))(
    'a time that was not signed: %s',
    (_, vector) => {
      const later = (value: string) => value.replace(/1(7|5|6)\d{8}/, (seconds) => String(Number(seconds) + 1))
      const headers = Object.entries(vector.headers).map(([name, value]) => [name, later(value)] as const)
      const reason = reasonOf(vector.verify, requestWith(vector, headers), vector.nowMs)
      expect(reason).toBe('refused: the signature fits no secret of the source')
    },
  )
})
