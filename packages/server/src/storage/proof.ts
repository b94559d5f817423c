/** Whether bytes are what was promised: the size, then the SHA-256. Nothing is called read or stored without it. */
import { createHash } from 'node:crypto'
import type { Storage, StorageFault } from './storage.ts'

export interface PromisedContent {
  bytes: number
  /** Hexadecimal. */
  sha256: string
}

export function contentOf(bytes: Buffer): PromisedContent {
  return { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }
}

/** What lies there, read whole and held nowhere; `start`: its first bytes, at most `startBytes`. */
export async function readContent(
  storage: Storage,
  key: string,
  startBytes: number,
): Promise<({ kind: 'found'; start: Buffer } & PromisedContent) | StorageFault> {
  const hash = createHash('sha256')
  let start = Buffer.alloc(0)
  const answer = await storage.scan(key, (piece) => {
    hash.update(piece)
    if (start.length < startBytes) start = Buffer.concat([start, piece.subarray(0, startBytes - start.length)])
  })
  return answer.kind === 'found' ? { ...answer, start, sha256: hash.digest('hex') } : answer
}

/** Null: proven. */
export function contentFault(bytes: Buffer, promised: PromisedContent): StorageFault | null {
  return promiseFault(contentOf(bytes), promised)
}

/** Null: what was read is what was promised. */
export function promiseFault({ bytes, sha256 }: PromisedContent, promised: PromisedContent): StorageFault | null {
  if (bytes !== promised.bytes) {
    const what = bytes === 0 ? 'nothing was read' : `${bytes} bytes were read`
    return { kind: 'malformed', reason: `${what} where ${promised.bytes} bytes were promised` }
  }
  if (sha256 === promised.sha256.toLowerCase()) return null
  return { kind: 'malformed', reason: `the SHA-256 is ${sha256} where ${promised.sha256} was promised` }
}
