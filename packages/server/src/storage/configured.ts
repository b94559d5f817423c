/** The configured storage: objects under the data directory, or in a Supabase bucket; encrypted where a key is set. */
import { join } from 'node:path'
import type { Config } from '../config/config.ts'
import type { Log } from '../observe/log.ts'
import { createOutbound } from '../outbound/http.ts'
import { createEncryptedStorage } from './encrypted.ts'
import { createFsStorage } from './fs.ts'
import type { Storage } from './storage.ts'
import { createSupabaseStorage } from './supabase.ts'

export function createStorage(config: Config, { log }: { log: Log }): { storage: Storage; close(): Promise<void> } {
  const { key, storage } = { key: config.documents.encryptionKey, storage: config.storage }
  if (storage.kind === 'fs') {
    const inner = createFsStorage({ directory: join(config.dataDir, 'objects') })
    return { storage: createEncryptedStorage({ inner, key }), close: async () => {} }
  }
  const outbound = createOutbound({ source: 'storage', baseUrl: storage.url, log })
  const inner = createSupabaseStorage({
    url: storage.url,
    serviceRoleKey: storage.serviceKey,
    bucket: storage.bucket,
    outbound,
  })
  return { storage: createEncryptedStorage({ inner, key }), close: () => outbound.close() }
}
