/**
 * Objects encrypted at rest, over any storage. Each object says which key it needs, and is bound to its own name, so that
 * swapping two objects is noticed. What was stored before encryption was on stays readable: an object without our header
 * is given as it is, which is why content is proven by its promised hash and not by having been decrypted. Without a key
 * nothing is encrypted, but what was is still recognised, and its key asked for. With a key there are no signed addresses:
 * who follows one would read what is sealed, and send what is not. The format: `sealed-object.ts`.
 */
import { AppError } from '../core/error.ts'
import { createUnsealer, isSealed, MAGIC_BYTES, SEAL_BYTES, seal, sealingKeyOf, unseal } from './sealed-object.ts'
import type { GetAnswer, Storage } from './storage.ts'

const KEY_BYTES = 32

/** Names a key without telling anything about it: 16 hexadecimal digits. */
export function encryptionKeyId(key: Buffer): string {
  return sealingKeyOf(key).id.toString('hex')
}

export function createEncryptedStorage({ inner, key }: { inner: Storage; key: Buffer | null }): Storage {
  const own = key === null ? null : sealingKeyOf(proper(key))

  async function get(name: string): Promise<GetAnswer> {
    const answer = await inner.get(name)
    return answer.kind === 'found' && isSealed(answer.bytes) ? unseal(own, name, answer.bytes) : answer
  }

  return {
    name: inner.name,
    put: (name, content, contentType) =>
      inner.put(name, own === null ? content : seal(own, name, content), contentType),

    get,

    async scan(name, see) {
      const unsealer = createUnsealer(own, name, see)
      const answer = await inner.scan(name, unsealer.take)
      return answer.kind === 'found' ? await unsealer.end() : answer
    },

    /** The whole object is read: no byte of it is proven before its tag is. */
    async getStart(name, count) {
      const answer = await get(name)
      return answer.kind === 'found' ? { kind: 'found', bytes: answer.bytes.subarray(0, count) } : answer
    },

    async head(name) {
      const answer = await inner.head(name)
      if (answer.kind !== 'found' || answer.bytes < SEAL_BYTES) return answer
      const start = await inner.getStart(name, MAGIC_BYTES)
      if (start.kind !== 'found') return start
      return isSealed(start.bytes) ? { kind: 'found', bytes: answer.bytes - SEAL_BYTES } : answer
    },

    delete: (name) => inner.delete(name),
    ...(inner.list && { list: inner.list }),
    ...(own === null && inner.signedUrl && { signedUrl: inner.signedUrl }),
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
