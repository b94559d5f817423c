/**
 * The token in a callback URL: `keyId.expectationId.mac`. It is derived from the server's key and never stored, so it
 * can be checked while the database is away. Whoever has it may report an outcome of that one expectation: so it is
 * redacted wherever a URL is stored or logged. Does not know whether the expectation still exists.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { AppError } from './error.ts'
import { isId } from './id.ts'

/** The keys that tokens may be made with. The first signs; the others are still read, until their tokens are used up. */
export interface TokenKeys {
  signing: string
  byId: ReadonlyMap<string, Buffer>
  /** What was signed last, by expectation: an address is shown, called with and called back within a moment. */
  signed: Map<string, string>
}

// What the key is used for is part of what is signed: the same key may serve elsewhere, and nothing made there fits here.
const PURPOSE = 'becket callback token 1'
const KEY_ID = /^[A-Za-z0-9_-]{1,32}$/
// A key shorter than half the hash would be the weakest part.
const SHORTEST_KEY_BYTES = 16
// An HMAC-SHA256 in base64url.
const MAC_CHARACTERS = 43
// 2,000: more than are under way in one process, a few hundred kilobytes.
const REMEMBERED = 2_000

const REDACTED = '[redacted]'
// `/t/` and what follows it, whole or not: also a token that is cut, or percent-encoded.
const IN_PATH = /(\/t\/+)[^/?#\s"'<>\\]+/gi
const ANYWHERE = /[A-Za-z0-9_-]{1,32}\.exp_[0-9a-z]{26}\.[A-Za-z0-9_-]{43}/g

export function createTokenKeys(keys: readonly { id: string; key: Buffer }[]): TokenKeys {
  const [first] = keys
  if (first === undefined)
    throw new AppError('CONFIGURATION_INVALID', 'There is no server key to sign callback URLs with')
  const byId = new Map<string, Buffer>()
  for (const { id, key } of keys) {
    if (!KEY_ID.test(id)) {
      throw new AppError(
        'CONFIGURATION_INVALID',
        `The server key id ${JSON.stringify(id)} may only have A-Z a-z 0-9 _ -`,
      )
    }
    if (key.length < SHORTEST_KEY_BYTES) {
      throw new AppError('CONFIGURATION_INVALID', `The server key ${id} needs ${SHORTEST_KEY_BYTES} bytes or more`)
    }
    if (byId.has(id)) throw new AppError('CONFIGURATION_INVALID', `Two server keys have the id ${id}`)
    byId.set(id, key)
  }
  return { signing: first.id, byId, signed: new Map() }
}

export function makeCallbackToken(keys: TokenKeys, expectationId: string): string {
  const key = keys.byId.get(keys.signing)
  if (key === undefined) throw new AppError('INTERNAL', `The signing key ${keys.signing} is not among the server keys`)
  if (!isId('expectation', expectationId))
    throw new AppError('INTERNAL', 'A callback token needs the id of an expectation')
  const known = keys.signed.get(expectationId)
  if (known !== undefined) return known
  const token = `${keys.signing}.${expectationId}.${macOf(key, keys.signing, expectationId)}`
  if (keys.signed.size >= REMEMBERED) keys.signed.clear()
  keys.signed.set(expectationId, token)
  return token
}

/** Null for whatever is not a token of ours, without saying why: the reason would only help a forger. */
export function readCallbackToken(keys: TokenKeys, token: string): { expectationId: string } | null {
  const [keyId = '', expectationId = '', mac = '', ...rest] = token.split('.', 4)
  const key = keys.byId.get(keyId)
  if (key === undefined || rest.length > 0 || mac.length !== MAC_CHARACTERS || !isId('expectation', expectationId))
    return null
  const known = keyId === keys.signing ? keys.signed.get(expectationId) : undefined
  const claimed = Buffer.from(mac, 'latin1')
  const wanted = Buffer.from(known?.slice(-MAC_CHARACTERS) ?? macOf(key, keyId, expectationId), 'latin1')
  // As text, not decoded: base64 has several spellings of the same bytes, and only one is ours.
  return claimed.length === wanted.length && timingSafeEqual(claimed, wanted) ? { expectationId } : null
}

/** Works on a path, a URL, or any text that holds one. */
export function redactTokens(url: string): string {
  return url.replace(IN_PATH, `$1${REDACTED}`).replace(ANYWHERE, REDACTED)
}

function macOf(key: Buffer, keyId: string, expectationId: string): string {
  // None of the three can hold a NUL, so they cannot be cut differently.
  return createHmac('sha256', key).update(`${PURPOSE}\0${keyId}\0${expectationId}`).digest('base64url')
}
