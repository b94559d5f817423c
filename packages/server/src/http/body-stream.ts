/**
 * A body that is passed on as it comes, within a size and a time, for what is too large to be held. What goes wrong on
 * the way ends the stream with the error to answer; see `raw-body.ts` for bodies that are read whole.
 */
import type { IncomingMessage } from 'node:http'
import { type Readable, Transform } from 'node:stream'
import { type BodyLimits, bodyBroke, bodyTooLarge, bodyTooSlow, DISCARDED_FACTOR } from './raw-body.ts'

/** Destroy it when nobody reads on: what still comes is then thrown away, so that an answer reaches whoever is sending. */
export function streamBody(raw: IncomingMessage, payload: Readable, limits: BodyLimits): Readable {
  const { maxBytes } = limits
  let received = 0
  const body = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      received += chunk.length
      if (received > maxBytes) done(bodyTooLarge(limits))
      else done(null, chunk)
    },
  })
  const timer = setTimeout(() => body.destroy(bodyTooSlow(limits, received)), limits.timeoutMs)
  const onClose = () => {
    if (!payload.readableEnded) body.destroy(bodyBroke())
  }
  payload.once('close', onClose).once('error', (cause) => body.destroy(bodyBroke(cause)))
  // Told to whoever reads; unheard, it would end the process.
  body.on('error', () => {})
  body.once('close', () => {
    clearTimeout(timer)
    payload.off('close', onClose).unpipe(body)
    discard(payload, maxBytes * DISCARDED_FACTOR - received)
  })
  if (Number(raw.headers['content-length']) > maxBytes * DISCARDED_FACTOR) body.destroy(bodyTooLarge(limits))
  else payload.pipe(body)
  return body
}

/** Who sends more than `maxBytes` is cut off. */
function discard(payload: Readable, maxBytes: number): void {
  if (payload.readableEnded || payload.destroyed) return
  let left = maxBytes
  payload.on('data', (chunk: Buffer) => {
    left -= chunk.length
    if (left < 0) payload.destroy()
  })
  payload.resume()
}
