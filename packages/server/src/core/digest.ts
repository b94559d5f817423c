/**
 * SHA-256 over several parts, so that no two different lists of parts look alike: each part is preceded by its length,
 * and the first names what the hash is for. Not keyed: for what must not be guessed, use an HMAC.
 */
import { hash } from 'node:crypto'

const LENGTH_BYTES = 8
const scratch = Buffer.alloc(2_048)

export function digestOf(purpose: string, parts: readonly (string | Buffer)[]): Buffer {
  let size = LENGTH_BYTES + Buffer.byteLength(purpose)
  for (const part of parts) size += LENGTH_BYTES + Buffer.byteLength(part)
  // In one piece, and mostly in the same place: what is hashed here is short, and each piece more is a call out of JavaScript.
  const bytes = size <= scratch.length ? scratch : Buffer.allocUnsafe(size)
  let at = put(bytes, purpose, 0)
  for (const part of parts) at = put(bytes, part, at)
  return sha256(bytes.subarray(0, at))
}

/** Of the bytes alone. In one call: an object that takes them piece by piece costs more than to hash what is short. */
export function sha256(bytes: string | Uint8Array): Buffer {
  return hash('sha256', bytes, 'buffer')
}

/** Gives where the next part begins. */
function put(bytes: Buffer, part: string | Buffer, at: number): number {
  const start = at + LENGTH_BYTES
  const length = typeof part === 'string' ? bytes.write(part, start) : part.copy(bytes, start)
  // The upper half of its 64 bits is zero: no part has four gigabytes.
  bytes.writeUInt32BE(0, at)
  bytes.writeUInt32BE(length, at + LENGTH_BYTES / 2)
  return start + length
}
