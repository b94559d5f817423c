/**
 * Reads the public keys that providers publish: PEM, a JSON Web Key or a set of them, SPKI in base64, or the bare 32 bytes
 * of an Ed25519 key in hexadecimal or base64. Fetches none.
 */
import { createPublicKey, type KeyObject } from 'node:crypto'

export type PublicKeyKind = 'ed25519' | 'ecdsa-p256'

// What stands before the 32 bytes of an Ed25519 key in SPKI (RFC 8410).
const ED25519_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')
const ED25519_BYTES = 32

/** A set of keys, one key, or a list of either, as the texts of its keys. */
export function listPublicKeys(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(listPublicKeys)
  if (typeof value === 'string') {
    const json = value.trim().startsWith('{') ? parsed(value) : undefined
    return json === undefined ? [value.trim()] : listPublicKeys(json)
  }
  if (typeof value !== 'object' || value === null) return [String(value)]
  return 'keys' in value ? listPublicKeys(value.keys) : [JSON.stringify(value)]
}

/** Undefined where the text is no key of this kind. */
export function readPublicKey(text: string, kind: PublicKeyKind): KeyObject | undefined {
  try {
    const key = keyFrom(text.trim(), kind)
    return key !== undefined && kindOf(key) === kind ? key : undefined
  } catch {
    return undefined
  }
}

function keyFrom(text: string, kind: PublicKeyKind): KeyObject | undefined {
  // A private key has a public half, and must not stand here.
  if (text.startsWith('-----')) {
    return text.startsWith('-----BEGIN PUBLIC KEY-----') ? createPublicKey(text.replaceAll('\\n', '\n')) : undefined
  }
  if (text.startsWith('{')) {
    const jwk = parsed(text)
    return jwk === undefined || 'd' in jwk ? undefined : createPublicKey({ key: { ...jwk }, format: 'jwk' })
  }
  if (/^[0-9a-f]{64}$/i.test(text)) return kind === 'ed25519' ? spki(Buffer.from(text, 'hex')) : undefined
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(text)) return undefined
  return spki(Buffer.from(text, 'base64'))
}

function spki(bytes: Buffer): KeyObject {
  const der = bytes.length === ED25519_BYTES ? Buffer.concat([ED25519_PREFIX, bytes]) : bytes
  return createPublicKey({ key: der, format: 'der', type: 'spki' })
}

/** Of either half of a pair. */
export function kindOf(key: KeyObject): PublicKeyKind | undefined {
  if (key.asymmetricKeyType === 'ed25519') return 'ed25519'
  const isP256 = key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1'
  return isP256 ? 'ecdsa-p256' : undefined
}

function parsed(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}
