/** The configured storage: objects under the data directory, or in a bucket; encrypted where a key is set. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config, StorageConfig } from '../config/config.ts'
import type { Log } from '../observe/log.ts'
import { createOutbound } from '../outbound/http.ts'
import type { RequestRecord } from '../outbound/outbound.ts'
import { createEncryptedStorage } from './encrypted.ts'
import { createFsStorage } from './fs.ts'
import { createS3Storage } from './s3.ts'
import type { Storage } from './storage.ts'
import { createSupabaseStorage } from './supabase.ts'

export interface ConfiguredStorage {
  storage: Storage
  /** Before the first use: where the directory is not there, nothing could be said to be missing from it. */
  open(): Promise<void>
  close(): Promise<void>
}

export function createStorage(
  config: Config,
  { log, record }: { log: Log; record?: (request: RequestRecord) => void },
): ConfiguredStorage {
  const { key, storage } = { key: config.documents.encryptionKey, storage: config.storage }
  if (storage.kind === 'fs') {
    const directory = join(config.dataDir, 'objects')
    return {
      storage: createEncryptedStorage({ inner: createFsStorage({ directory }), key }),
      open: async () => void (await mkdir(directory, { recursive: true, mode: 0o700 })),
      close: async () => {},
    }
  }
  // Its origin alone may be in a private network.
  const baseUrl = addressOf(storage) ?? undefined
  const outbound = createOutbound({ source: 'storage', baseUrl, log, record })
  const inner =
    storage.kind === 's3'
      ? createS3Storage({ ...storage, outbound })
      : createSupabaseStorage({ ...storage, serviceRoleKey: storage.serviceKey, outbound })
  return {
    storage: createEncryptedStorage({ inner, key }),
    open: async () => {},
    close: () => outbound.close(),
  }
}

/** Where it is asked; null for files of our own. */
export function addressOf(storage: StorageConfig): string | null {
  if (storage.kind === 'fs') return null
  return storage.kind === 's3' ? storage.bucketUrl : storage.url
}
