/** A storage in memory, for tests that look at or change what lies in it. */
import { wholeOf } from '../../src/storage/content.ts'
import type { Storage } from '../../src/storage/storage.ts'

export function createMemoryStorage(): { storage: Storage; objects: Map<string, Buffer> } {
  const objects = new Map<string, Buffer>()
  const missing = { kind: 'missing', reason: 'there is no such object' } as const
  const storage: Storage = {
    name: 'memory',
    async put(key, content) {
      objects.set(key, Buffer.from(await wholeOf(content)))
      return { kind: 'stored' }
    },
    async get(key) {
      const bytes = objects.get(key)
      return bytes === undefined ? missing : { kind: 'found', bytes }
    },
    async scan(key, see) {
      const bytes = objects.get(key)
      if (bytes === undefined) return missing
      // Small and uneven, as pieces come.
      for (let at = 0; at < bytes.length; at += 7) await see(bytes.subarray(at, at + 7))
      return { kind: 'found', bytes: bytes.length }
    },
    async getStart(key, count) {
      const bytes = objects.get(key)
      return bytes === undefined ? missing : { kind: 'found', bytes: bytes.subarray(0, count) }
    },
    async head(key) {
      const bytes = objects.get(key)
      return bytes === undefined ? missing : { kind: 'found', bytes: bytes.length }
    },
    async delete(key) {
      objects.delete(key)
      return { kind: 'deleted' }
    },
  }
  return { storage, objects }
}
