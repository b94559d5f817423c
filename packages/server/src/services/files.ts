/** Gives an object to who has a signed address of it: whole or in part, decrypted, read as it is taken. Signs none itself. */
import type { Readable } from 'node:stream'
import { AppError } from '../core/error.ts'
import { type FileLink, judgeFileLink } from '../core/file-signature.ts'
import { isObjectKey } from '../storage/key.ts'
import { streamObject } from '../storage/object-stream.ts'
import type { Storage } from '../storage/storage.ts'

export interface OpenedFile {
  bytes: number
  /** Reads only when it is read from. */
  stream(): Readable
}

export function createFileService({ storage, keys }: { storage: Storage; keys: readonly Buffer[] }) {
  return {
    async open(link: FileLink, signature: string): Promise<OpenedFile> {
      const verdict = isObjectKey(link.key) ? judgeFileLink(keys, link, signature, Date.now()) : 'not-ours'
      if (verdict === 'not-ours') throw new AppError('FILE_LINK_INVALID', 'This download address was not made here')
      if (verdict === 'expired') {
        const ended = new Date(link.expiresMs).toISOString()
        throw new AppError('FILE_LINK_EXPIRED', `This download address was good until ${ended}`)
      }
      const head = await storage.head(link.key)
      if (head.kind === 'missing') throw new AppError('NOT_FOUND', 'The file is not in the storage, or not any more')
      if (head.kind !== 'found') {
        throw new AppError('STORAGE_ACCESS_ERROR', `The storage answered ${head.kind} for the file`, {
          cause: new Error(`${link.key}: ${head.reason}`),
          retryable: head.kind === 'unavailable',
        })
      }
      return { bytes: head.bytes, stream: () => streamObject(storage, link.key) }
    },
  }
}
