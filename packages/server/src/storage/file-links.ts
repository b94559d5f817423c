/**
 * Addresses by which others may read one object for a while: a table that takes attachments by URL, the receiver of a
 * webhook. They lead to Becket, which reads from any storage and decrypts; only where Becket has no public address, and the
 * storage signs, do they lead there. Says nothing of whether the object is there.
 */
import { signFileLink } from '../core/file-signature.ts'
import { assertObjectKey } from './key.ts'
import type { Storage } from './storage.ts'

export interface FileLinks {
  /** Throws where the storage was asked to sign and did not. */
  urlFor(key: string, options: { ttlMs: number; filename: string; contentType?: string }): Promise<string>
}

export interface FileLinksOptions {
  storage: Storage
  /** The first signs. */
  keys: readonly Buffer[]
  publicUrl: () => string
  /** Whether `publicUrl` is more than the address that this process listens on. */
  isPublic: boolean
}

export function createFileLinks({ storage, keys, publicUrl, isPublic }: FileLinksOptions): FileLinks {
  return {
    async urlFor(key, { ttlMs, filename, contentType = 'application/octet-stream' }) {
      assertObjectKey(key)
      if (!isPublic && storage.signedUrl !== undefined) {
        const signed = await storage.signedUrl(key, { method: 'GET', ttlMs })
        if (signed.kind === 'url') return signed.url
        throw new Error(`the storage ${storage.name} signed no address for ${key}: ${signed.kind}: ${signed.reason}`)
      }
      const [signing] = keys
      if (signing === undefined) throw new Error('there is no key to sign download addresses with')
      const expiresMs = Date.now() + Math.floor(ttlMs)
      const url = new URL(`/files/${key}`, publicUrl())
      url.searchParams.set('filename', filename)
      url.searchParams.set('type', contentType)
      url.searchParams.set('expires', String(expiresMs))
      url.searchParams.set('signature', signFileLink(signing, { key, filename, contentType, expiresMs }))
      return url.href
    },
  }
}
