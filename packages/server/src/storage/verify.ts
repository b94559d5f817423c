/** Writes an object and reads it back: `stored` is claimed only of bytes that were seen again. Does not retry. */
import { contentFault, contentOf, type PromisedContent } from './proof.ts'
import type { Storage, StorageFault } from './storage.ts'

export async function storeVerified(
  storage: Storage,
  key: string,
  bytes: Buffer,
  contentType: string,
): Promise<({ kind: 'stored' } & PromisedContent) | StorageFault> {
  const put = await storage.put(key, bytes, contentType)
  if (put.kind !== 'stored') return put
  const got = await storage.get(key)
  if (got.kind !== 'found') return { kind: got.kind, reason: `written, but on reading back: ${got.reason}` }
  const content = contentOf(bytes)
  const fault = contentFault(got.bytes, content)
  if (fault !== null) return { kind: fault.kind, reason: `written, but on reading back: ${fault.reason}` }
  return { kind: 'stored', ...content }
}
