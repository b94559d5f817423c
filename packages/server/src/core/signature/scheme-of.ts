/** The row that a source's configuration means: one of the tables, or one made from its options. */
import { publicKeySchemes } from './public-key-schemes.ts'
import type { HeaderSet, Scheme, SignatureValue } from './scheme.ts'
import { sharedSecretSchemes } from './shared-secret-schemes.ts'
import { headerParts } from './template.ts'
import type { Ed25519Signing, HmacSigning, Signing, VerifyConfig } from './verify-config.ts'

const TOLERANCE_MS = 300_000

export function schemeOf(verify: Signing): Scheme {
  switch (verify.scheme) {
    case 'hmac':
      return describedScheme(verify, { kind: 'hmac', hash: verify.algorithm })
    case 'ed25519':
      return describedScheme(verify, { kind: 'ed25519' })
    case 'hmac-sha256':
      return describedScheme({ ...verify, signed: '{body}' }, { kind: 'hmac', hash: 'sha256' })
    case 'static-header':
      return secretItself(verify.header)
    case 'bearer':
      return secretItself('authorization', 'Bearer ')
    case 'basic':
      return { ...secretItself('authorization', 'Basic '), encoding: 'base64' }
    default:
      return 'publicKeys' in verify ? publicKeySchemes[verify.scheme] : sharedSecretSchemes[verify.scheme]
  }
}

/** Lower-case names of the headers that carry a signature, or the secret itself: not to be stored or shown. */
export function signatureHeadersOf(verify: VerifyConfig): string[] {
  return verify.scheme === 'none' ? [] : schemeOf(verify).headers.map(({ signature }) => signature.toLowerCase())
}

/** Whether the address that the provider calls is part of what it signs: then we have to know it as the provider does. */
export function signsAddress(verify: VerifyConfig): boolean {
  return verify.scheme !== 'none' && schemeOf(verify).signed.some((template) => /\{(?:url\w*|path)\}/.test(template))
}

type Described = Omit<Ed25519Signing, 'scheme' | 'publicKeys'> & Pick<HmacSigning, 'signatureField' | 'timestampField'>

function describedScheme(options: Described, proof: Scheme['proof']): Scheme {
  const {
    header,
    encoding,
    prefix = '',
    signed,
    timestampHeader,
    timestampUnit = 's',
    signatureField,
    timestampField,
  } = options
  const headers: HeaderSet = {
    ...headerParts(signed),
    ...(timestampHeader === undefined ? {} : { timestamp: timestampHeader }),
    signature: header,
  }
  const value: SignatureValue =
    signatureField === undefined
      ? { form: 'whole', prefix }
      : { form: 'fields', separator: ',', signature: signatureField, timestamp: timestampField }
  const isTimed = timestampHeader !== undefined || timestampField !== undefined
  return {
    headers: [headers],
    value,
    encoding,
    proof,
    signed: [signed],
    ...(isTimed ? { time: { unit: timestampUnit, toleranceMs: TOLERANCE_MS } } : {}),
  }
}

function secretItself(header: string, prefix?: string): Scheme {
  return {
    headers: [{ signature: header }],
    value: { form: 'whole', ...(prefix === undefined ? {} : { prefix }) },
    encoding: 'text',
    proof: { kind: 'equal' },
    signed: [],
  }
}
