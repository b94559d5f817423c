/**
 * SHA-256 over several parts, so that no two different lists of parts look alike: each part is preceded by its length,
 * and the first names what the hash is for. Not keyed: for what must not be guessed, use an HMAC.
 */
import { createHash } from 'node:crypto'

const LENGTH_BYTES = 8
const scratch = Buffer.alloc(2_048)

export function digestOf(purpose: string, parts: readonly (string | Buffer)[]): Buffer {
  const all = [purpose, ...parts]
  let size = 0
  for (const part of all) size += LENGTH_BYTES + Buffer.byteLength(part)
  // In one piece, and mostly in the same place: what is hashed here is short, and each piece more is a call out of JavaScript.
  const bytes = size <= scratch.length ? scratch.subarray(0, size) : Buffer.allocUnsafe(size)
  let at = 0
  for (const part of all) {
    const length = Buffer.byteLength(part)
    // The upper half of its 64 bits is zero: no part has four gigabytes.
    bytes.writeUInt32BE(0, at)
    bytes.writeUInt32BE(length, at + LENGTH_BYTES / 2)
    at += LENGTH_BYTES
    if (typeof part === 'string') bytes.write(part, at)
    else bytes.set(part, at)
    at += length
  }
  return createHash('sha256').update(bytes).digest()
}
