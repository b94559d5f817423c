/** The signature of an upload address: whoever has it may send the content of that one document until it expires. */
import { createHmac, timingSafeEqual } from 'node:crypto'

const PURPOSE = 'becket upload 1'

/** `expiresMs`: milliseconds since 1970. */
export function signUpload(key: Buffer, documentId: string, expiresMs: number): string {
  return createHmac('sha256', key)
    .update([PURPOSE, documentId, String(expiresMs)].join('\0'))
    .digest('base64url')
}

export function isUploadSignature(
  keys: Iterable<Buffer>,
  documentId: string,
  signed: { expires: string; signature: string },
  nowMs: number,
): boolean {
  const expiresMs = Number(signed.expires)
  if (!Number.isSafeInteger(expiresMs) || expiresMs <= nowMs) return false
  const given = Buffer.from(signed.signature)
  for (const key of keys) {
    const wanted = Buffer.from(signUpload(key, documentId, expiresMs))
    if (given.length === wanted.length && timingSafeEqual(given, wanted)) return true
  }
  return false
}
