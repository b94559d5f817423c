/** Names for requests whose caller gave them none: for logs and for whoever asks about an answer, never for a row. */
import { randomFillSync } from 'node:crypto'

const BYTES = 16
// 4 KiB, 256 names: to ask the system for each takes longer than to write it.
const pool = Buffer.alloc(256 * BYTES)
let used = pool.length

export function newRequestId(): string {
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  const id = `req_${pool.toString('hex', used, used + BYTES)}`
  used += BYTES
  return id
}
