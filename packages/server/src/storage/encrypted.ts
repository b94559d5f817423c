/**
 * Objects encrypted at rest with AES-256-GCM, over any storage. Each object says which key it needs, and is bound to its
 * own name, so that swapping two objects is noticed. What was stored before encryption was on stays readable: an object
 * without our header is given as it is, which is why content is proven by its promised hash and not by having been
 * decrypted. Without a key nothing is encrypted, but what was is still recognised, and its key asked for.
 *
 *   magic 8 · version 1 · key id 8 · nonce 12 · ciphertext · tag 16
 */
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto'
import { AppError } from '../core/error.ts'
import type { GetAnswer, Storage } from './storage.ts'

// Begins with a byte that is not UTF-8 and ends with one that is not text: no document and no Markdown starts like this.
const MAGIC = Buffer.from([0x89, 0x42, 0x45, 0x43, 0x4b, 0x45, 0x54, 0x1a])
const VERSION = 1
const KEY_ID_AT = MAGIC.length + 1
const NONCE_AT = KEY_ID_AT + 8
const HEADER_BYTES = NONCE_AT + 12
const TAG_BYTES = 16
const KEY_BYTES = 32

/** Names a key without telling anything about it: 16 hexadecimal digits. */
export function encryptionKeyId(key: Buffer): string {
  return keyIdBytes(key).toString('hex')
}

export function createEncryptedStorage({ inner, key }: { inner: Storage; key: Buffer | null }): Storage {
  const own = key === null ? null : { key: proper(key), id: keyIdBytes(key) }

  async function get(name: string): Promise<GetAnswer> {
    const answer = await inner.get(name)
    return answer.kind === 'found' && isSealed(answer.bytes) ? unseal(name, answer.bytes) : answer
  }

  function seal(name: string, plain: Buffer): Buffer {
    if (own === null) return plain
    const nonce = randomBytes(HEADER_BYTES - NONCE_AT)
    const header = Buffer.concat([MAGIC, Buffer.from([VERSION]), own.id, nonce])
    const cipher = createCipheriv('aes-256-gcm', own.key, nonce, { authTagLength: TAG_BYTES })
    cipher.setAAD(boundTo(header, name))
    return Buffer.concat([header, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
  }

  function unseal(name: string, object: Buffer): GetAnswer {
    if (object.length < HEADER_BYTES + TAG_BYTES) {
      return { kind: 'malformed', reason: `the encrypted object was cut off after ${object.length} bytes` }
    }
    if (object[MAGIC.length] !== VERSION) {
      return {
        kind: 'malformed',
        reason: `the encrypted object has format ${object[MAGIC.length]}; this release reads ${VERSION}`,
      }
    }
    const header = object.subarray(0, HEADER_BYTES)
    const itsId = header.subarray(KEY_ID_AT, NONCE_AT)
    if (own === null || !own.id.equals(itsId)) {
      const configured = own === null ? 'no key is configured' : `the configured key is ${own.id.toString('hex')}`
      return { kind: 'wrong-key', reason: `it was encrypted with key ${itsId.toString('hex')}; ${configured}` }
    }
    const decipher = createDecipheriv('aes-256-gcm', own.key, header.subarray(NONCE_AT), { authTagLength: TAG_BYTES })
    decipher.setAAD(boundTo(header, name))
    decipher.setAuthTag(object.subarray(object.length - TAG_BYTES))
    const plain = decipher.update(object.subarray(HEADER_BYTES, object.length - TAG_BYTES))
    try {
      decipher.final()
    } catch {
      return { kind: 'malformed', reason: 'the encrypted object was changed, damaged, or stored under another name' }
    }
    return { kind: 'found', bytes: plain }
  }

  return {
    name: inner.name,
    put: (name, bytes, contentType) => inner.put(name, seal(name, bytes), contentType),

    get,

    /** The whole object is read: no byte of it is proven before its tag is. */
    async getStart(name, count) {
      const answer = await get(name)
      return answer.kind === 'found' ? { kind: 'found', bytes: answer.bytes.subarray(0, count) } : answer
    },

    async head(name) {
      const answer = await inner.head(name)
      if (answer.kind !== 'found' || answer.bytes < HEADER_BYTES + TAG_BYTES) return answer
      const start = await inner.getStart(name, MAGIC.length)
      if (start.kind !== 'found') return start
      return isSealed(start.bytes) ? { kind: 'found', bytes: answer.bytes - HEADER_BYTES - TAG_BYTES } : answer
    },

    delete: (name) => inner.delete(name),
  }
}

function proper(key: Buffer): Buffer {
  if (key.length === KEY_BYTES) return key
  throw new AppError(
    'CONFIGURATION_INVALID',
    `the key that encrypts documents has ${key.length} bytes and needs ${KEY_BYTES}`,
    { hint: 'Set DOCUMENT_ENCRYPTION_KEY to 32 random bytes, in base64 or hexadecimal.' },
  )
}

function isSealed(object: Buffer): boolean {
  return object.subarray(0, MAGIC.length).equals(MAGIC)
}

function boundTo(header: Buffer, name: string): Buffer {
  return Buffer.concat([header, Buffer.from(name, 'utf8')])
}

function keyIdBytes(key: Buffer): Buffer {
  return createHmac('sha256', key)
    .update('becket: id of a document encryption key')
    .digest()
    .subarray(0, NONCE_AT - KEY_ID_AT)
}
