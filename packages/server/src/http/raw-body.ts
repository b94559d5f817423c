/**
 * Reads a body byte for byte, whatever it claims to be, within a size and a time. A body that is too large is read on
 * and thrown away for a while: an answer given while the sender still sends would be lost with the connection.
 */
import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import type { FastifyRequest } from 'fastify'
import { AppError } from '../core/error.ts'

export interface BodyLimits {
  maxBytes: number
  /** How long the body may take to arrive. */
  timeoutMs: number
  /** What a larger one is told; BODY_TOO_LARGE unless it says so. */
  tooLarge?: 'BODY_TOO_LARGE' | 'DOCUMENT_TOO_LARGE'
  /** The option that holds the limit, for whoever may raise it. */
  option?: string
}

export type BodyRead = (error: Error | null, body?: Buffer) => void

/** A content type parser that takes the bytes as they are. */
export function bytesWithin(limits: BodyLimits) {
  return (request: FastifyRequest, payload: IncomingMessage, done: BodyRead) =>
    readBody(request.raw, payload, limits, done)
}

// 1 MiB: from here on a body of promised length is gathered in its place, since pieces to be joined are held twice. Below,
// joining is cheaper than a piece of memory of its own.
const LARGE_BYTES = 1024 * 1024

/** Three more bodies of the largest size; who sends more than that is cut off. */
export const DISCARDED_FACTOR = 4

export function bodyTooLarge({ maxBytes, option, tooLarge }: BodyLimits): AppError {
  const limit = option === undefined ? `${maxBytes} bytes` : `the ${maxBytes} bytes of ${option}`
  return new AppError(tooLarge ?? 'BODY_TOO_LARGE', `The body has more than ${limit}`)
}

export function bodyTooSlow({ timeoutMs }: BodyLimits, received: number): AppError {
  return new AppError('REQUEST_TOO_SLOW', `The body did not arrive within ${timeoutMs} ms: ${received} bytes did`)
}

export function bodyBroke(cause?: unknown): AppError {
  return new AppError('REQUEST_INVALID', 'The connection broke before the body was whole', { cause })
}

/** With `done`, as the framework's parsers have it: a promise for each body of each request is not free. */
export function readBody(raw: IncomingMessage, payload: Readable, limits: BodyLimits, done: BodyRead): void {
  const { maxBytes, timeoutMs } = limits
  const promised = Number(raw.headers['content-length'])
  if (promised > maxBytes * DISCARDED_FACTOR) {
    done(bodyTooLarge(limits))
    return
  }
  const isLarge = promised >= LARGE_BYTES && promised <= maxBytes
  // The system gives the memory page by page as it is filled: a promise alone costs nothing.
  const whole = isLarge ? Buffer.allocUnsafeSlow(promised) : null
  const chunks: Buffer[] = []
  let received = 0
  let isOver = false
  const timer = setTimeout(() => fail(bodyTooSlow(limits, received)), timeoutMs)

  function end(error: Error | null, body?: Buffer) {
    isOver = true
    clearTimeout(timer)
    // The others end with the request, and say nothing any more.
    payload.off('data', onData)
    done(error, body)
  }
  function fail(error: Error) {
    if (!isOver) end(error)
  }
  function onData(chunk: Buffer) {
    const at = received
    received += chunk.length
    if (received <= maxBytes) {
      if (whole === null) chunks.push(chunk)
      else if (received <= whole.length) chunk.copy(whole, at)
      else fail(new AppError('REQUEST_INVALID', `The body has more than the ${promised} bytes it was said to have`))
      return
    }
    chunks.length = 0
    if (received > maxBytes * DISCARDED_FACTOR) fail(bodyTooLarge(limits))
  }
  function onEnd() {
    if (isOver) return
    if (received > maxBytes) return end(bodyTooLarge(limits))
    end(null, whole === null ? joined(chunks, received) : whole.subarray(0, received))
  }
  function onClose() {
    if (!isOver) end(bodyBroke())
  }

  payload.on('data', onData).on('end', onEnd).on('error', fail).on('close', onClose)
}

function joined(chunks: readonly Buffer[], bytes: number): Buffer {
  const [only = Buffer.alloc(0), ...more] = chunks
  return more.length === 0 ? only : Buffer.concat(chunks, bytes)
}
