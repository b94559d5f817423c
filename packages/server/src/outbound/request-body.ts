/** A request's body as bytes whose length is known, and which a redirect can send again. */
import { Readable } from 'node:stream'
import { encodeMultipart, type Multipart } from './multipart.ts'

export interface EncodedBody {
  parts: readonly Buffer[]
  bytes: number
}

// 64 kB: one write of a socket. A large body goes as fast as the other side takes it, and is held once, where it came from.
const PIECE_BYTES = 64 * 1024

export function encodeBody(body: Buffer | string | Multipart | undefined): {
  body: EncodedBody | null
  contentType: { 'content-type'?: string }
} {
  if (body === undefined) return { body: null, contentType: {} }
  if (Buffer.isBuffer(body)) return { body: bodyOf([body]), contentType: {} }
  if (typeof body === 'string') return { body: bodyOf([Buffer.from(body, 'utf8')]), contentType: {} }
  const { parts, contentType } = encodeMultipart(body)
  return { body: bodyOf(parts), contentType: { 'content-type': contentType } }
}

/** For one sending: a small body whole, a large one piece by piece. */
export function sendable(body: EncodedBody): Buffer | Readable {
  if (body.bytes <= PIECE_BYTES) return Buffer.concat(body.parts)
  return Readable.from(piecesOf(body.parts), { objectMode: false })
}

function bodyOf(parts: readonly Buffer[]): EncodedBody {
  return { parts, bytes: parts.reduce((sum, part) => sum + part.length, 0) }
}

function* piecesOf(parts: readonly Buffer[]): Generator<Buffer> {
  for (const part of parts) {
    for (let at = 0; at < part.length; at += PIECE_BYTES) yield part.subarray(at, at + PIECE_BYTES)
  }
}
