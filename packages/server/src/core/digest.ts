/**
 * SHA-256 over several parts, so that no two different lists of parts look alike: each part is preceded by its length,
 * and the first names what the hash is for. Not keyed: for what must not be guessed, use an HMAC.
 */
import { createHash } from 'node:crypto'

export function digestOf(purpose: string, parts: readonly (string | Buffer)[]): Buffer {
  const hash = createHash('sha256')
  for (const part of [purpose, ...parts]) {
    const bytes = typeof part === 'string' ? Buffer.from(part, 'utf8') : part
    const length = Buffer.alloc(8)
    length.writeBigUInt64BE(BigInt(bytes.length))
    hash.update(length).update(bytes)
  }
  return hash.digest()
}
