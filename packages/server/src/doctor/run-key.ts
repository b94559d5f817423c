/** The key of the fingerprints of one run: it is thrown away with them, so that nothing can be tried out afterwards. */
import { randomBytes } from 'node:crypto'

export function makeRunKey(): Uint8Array {
  return randomBytes(32)
}
