/** A request's body as bytes whose length is known, and which a redirect can send again. */
import { Readable } from 'node:stream'
import { encodeMultipart, type FileContent, type Multipart } from './multipart.ts'

export interface EncodedBody {
  parts: readonly FileContent[]
  bytes: number
}

// 64 kB: one write of a socket. A large body goes as fast as the other side takes it, and is held once, where it came from.
const PIECE_BYTES = 64 * 1024

export function encodeBody(body: FileContent | string | Multipart | undefined): {
  body: EncodedBody | null
  contentType: { 'content-type'?: string }
} {
  if (body === undefined) return { body: null, contentType: {} }
  if (Buffer.isBuffer(body)) return { body: bodyOf([body]), contentType: {} }
  if (typeof body === 'string') return { body: bodyOf([Buffer.from(body, 'utf8')]), contentType: {} }
  if ('open' in body) return { body: bodyOf([body]), contentType: {} }
  const { parts, contentType } = encodeMultipart(body)
  return { body: bodyOf(parts), contentType: { 'content-type': contentType } }
}

/** For one sending: a small body whole, a large one piece by piece. */
export function sendable({ parts, bytes }: EncodedBody): Buffer | Readable {
  const [only, ...more] = parts
  if (Buffer.isBuffer(only) && more.length === 0 && bytes <= PIECE_BYTES) return only
  const held = parts.filter((part) => Buffer.isBuffer(part))
  if (held.length === parts.length && bytes <= PIECE_BYTES) return Buffer.concat(held)
  return Readable.from(piecesOf(parts), { objectMode: false })
}

function bodyOf(parts: readonly FileContent[]): EncodedBody {
  const lengths = parts.map((part) => (Buffer.isBuffer(part) ? part.length : part.bytes))
  return { parts, bytes: lengths.reduce((sum, length) => sum + length, 0) }
}

async function* piecesOf(parts: readonly FileContent[]): AsyncGenerator<Buffer> {
  for (const part of parts) {
    if (!Buffer.isBuffer(part)) yield* part.open()
    else for (let at = 0; at < part.length; at += PIECE_BYTES) yield part.subarray(at, at + PIECE_BYTES)
  }
}
