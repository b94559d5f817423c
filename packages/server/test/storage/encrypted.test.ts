import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AppError } from '../../src/core/error.ts'
import { accessError } from '../../src/storage/access-error.ts'
import { createEncryptedStorage, encryptionKeyId } from '../../src/storage/encrypted.ts'
import { createMemoryStorage } from './memory-storage.ts'

const key = Buffer.alloc(32, 1)
const otherKey = Buffer.alloc(32, 2)
const content = Buffer.from('%PDF-1.7 something nobody else may read')

async function setup() {
  const { storage: inner, objects } = createMemoryStorage()
  const storage = createEncryptedStorage({ inner, key })
  await storage.put('a/b', content, 'application/pdf')
  return { inner, objects, storage, sealed: objects.get('a/b') ?? Buffer.alloc(0) }
}

describe('an encrypted object', () => {
  it('shows nothing of its content, and is another each time', async () => {
    const { storage, objects, sealed } = await setup()
    expect(sealed.includes('PDF')).toBe(false)
    await storage.put('a/b', content, 'application/pdf')
    expect(objects.get('a/b')?.equals(sealed)).toBe(false)
  })

  it('asks for its key by name when another is configured', async () => {
    const { inner } = await setup()
    const answer = await createEncryptedStorage({ inner, key: otherKey }).get('a/b')
    expect(answer).toEqual({
      kind: 'wrong-key',
      reason: `it was encrypted with key ${encryptionKeyId(key)}; the configured key is ${encryptionKeyId(otherKey)}`,
    })
  })

  it('asks for its key by name when none is configured', async () => {
    const { inner } = await setup()
    const keyless = createEncryptedStorage({ inner, key: null })
    expect(await keyless.get('a/b')).toEqual({
      kind: 'wrong-key',
      reason: `it was encrypted with key ${encryptionKeyId(key)}; no key is configured`,
    })
  })

  it('is malformed after any change, wherever it was made', async () => {
    const { storage, objects, sealed } = await setup()
    const at = fc.integer({ min: 0, max: sealed.length - 1 })
    await fc.assert(
      fc.asyncProperty(at, fc.integer({ min: 1, max: 255 }), async (index, change) => {
        const changed = Buffer.from(sealed)
        changed.writeUInt8(changed.readUInt8(index) ^ change, index)
        objects.set('a/b', changed)
        const answer = await storage.get('a/b')
        // Without its first bytes it is no encrypted object: then what comes is not the content, which the hash shows.
        if (answer.kind === 'found') expect(answer.bytes.equals(changed)).toBe(true)
        else expect(answer.kind).toBe(index >= 9 && index < 17 ? 'wrong-key' : 'malformed')
        if (index >= 8) expect(answer.kind).not.toBe('found')
        if (answer.kind !== 'found') expect(await storage.scan('a/b', () => {})).toEqual(answer)
      }),
    )
  })

  it('is malformed when cut off at any length', async () => {
    const { storage, objects, sealed } = await setup()
    for (let length = 8; length < sealed.length; length++) {
      objects.set('a/b', sealed.subarray(0, length))
      const answer = await storage.get('a/b')
      expect(answer.kind).toBe('malformed')
      expect(await storage.scan('a/b', () => {})).toEqual(answer)
    }
  })

  it('is malformed under another name', async () => {
    const { storage, objects, sealed } = await setup()
    objects.set('c/d', sealed)
    expect(await storage.get('c/d')).toMatchObject({ kind: 'malformed' })
  })

  it('tells the size of its content without being read whole', async () => {
    const { storage, inner } = await setup()
    inner.get = () => Promise.reject(new Error('the whole object was read'))
    expect(await storage.head('a/b')).toEqual({ kind: 'found', bytes: content.length })
  })

  it('may lie beside objects from before encryption, which stay readable', async () => {
    const { storage, inner } = await setup()
    await inner.put('old', content, 'application/pdf')
    expect(await storage.get('old')).toEqual({ kind: 'found', bytes: content })
    expect(await storage.head('old')).toEqual({ kind: 'found', bytes: content.length })
  })
})

describe('the key that encrypts documents', () => {
  it('must have 32 bytes', () => {
    const { storage: inner } = createMemoryStorage()
    expect(() => createEncryptedStorage({ inner, key: Buffer.alloc(31) })).toThrow(/has 31 bytes and needs 32/)
  })

  it('has an id that differs from key to key and tells nothing of it', () => {
    expect(encryptionKeyId(key)).toMatch(/^[0-9a-f]{16}$/)
    expect(encryptionKeyId(key)).not.toBe(encryptionKeyId(otherKey))
    expect(key.toString('hex')).not.toContain(encryptionKeyId(key))
  })
})

describe('the error of a file that cannot be read', () => {
  it('names both keys when the key is wrong', async () => {
    const { inner } = await setup()
    const answer = await createEncryptedStorage({ inner, key: otherKey }).get('a/b')
    if (answer.kind === 'found') throw new Error('it must not be readable')
    const error = accessError(answer, 'a/b')
    expect(error).toBeInstanceOf(AppError)
    expect(error).toMatchObject({ code: 'ENCRYPTION_KEY_WRONG', retryable: false })
    expect(error.detail).toContain(encryptionKeyId(key))
    expect(error.detail).toContain(encryptionKeyId(otherKey))
  })

  it('can be mended by waiting only when the storage was unavailable, and hides the reason from the owner', () => {
    const away = accessError({ kind: 'unavailable', reason: 'EIO /var/lib' }, 'a/b')
    expect(away).toMatchObject({ code: 'STORAGE_ACCESS_ERROR', retryable: true })
    expect(`${away.message} ${away.detail}`).not.toContain('EIO')
    expect(away.cause).toMatchObject({ message: 'a/b: EIO /var/lib' })
    expect(accessError({ kind: 'missing', reason: 'x' }, 'a/b').retryable).toBe(false)
  })
})
