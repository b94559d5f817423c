/** Whether bytes are what was promised: the size, then the SHA-256. Nothing is called read or stored without it. */
import { createHash } from 'node:crypto'
import type { StorageFault } from './storage.ts'

export interface PromisedContent {
  bytes: number
  /** Hexadecimal. */
  sha256: string
}

export function contentOf(bytes: Buffer): PromisedContent {
  return { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }
}

/** Null: proven. */
export function contentFault(bytes: Buffer, promised: PromisedContent): StorageFault | null {
  if (bytes.length !== promised.bytes) {
    const what = bytes.length === 0 ? 'nothing was read' : `${bytes.length} bytes were read`
    return { kind: 'malformed', reason: `${what} where ${promised.bytes} bytes were promised` }
  }
  const { sha256 } = contentOf(bytes)
  if (sha256 === promised.sha256.toLowerCase()) return null
  return { kind: 'malformed', reason: `the SHA-256 is ${sha256} where ${promised.sha256} was promised` }
}
