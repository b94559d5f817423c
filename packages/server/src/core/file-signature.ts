/** The signature of a download address: whoever has it may read that one object, under that name, until it expires. */
import { createHmac, timingSafeEqual } from 'node:crypto'

const PURPOSE = 'becket file 1'

export interface FileLink {
  /** The object's, in the storage. */
  key: string
  /** What the file is called where it is saved. */
  filename: string
  contentType: string
  /** Milliseconds since 1970. */
  expiresMs: number
}

export function signFileLink(key: Buffer, link: FileLink): string {
  return createHmac('sha256', key)
    .update(JSON.stringify([PURPOSE, link.key, link.filename, link.contentType, link.expiresMs]))
    .digest('base64url')
}

/** `expired` only of an address that is ours: nobody learns anything by trying. */
export function judgeFileLink(
  keys: Iterable<Buffer>,
  link: FileLink,
  signature: string,
  nowMs: number,
): 'good' | 'expired' | 'not-ours' {
  const given = Buffer.from(signature)
  for (const key of keys) {
    const wanted = Buffer.from(signFileLink(key, link))
    if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) continue
    return link.expiresMs > nowMs ? 'good' : 'expired'
  }
  return 'not-ours'
}
