/**
 * One HTTP request and its answer over one dispatcher: reads the body up to a cap, and knows whether anything had
 * begun to leave when it failed. Follows no redirects, adds no headers, keeps no record; see `http.ts`.
 */
import type { Dispatcher } from 'undici'
import type { Deadline } from './deadline.ts'
import { classifyFault, type FaultCode } from './fault.ts'
import type { SeePiece } from './outbound.ts'
import { type EncodedBody, sendable } from './request-body.ts'
import { createShowing, type Showing } from './showing.ts'

// 64 KiB: an answer that is no success is words, and these are enough of them.
const WORDS_BYTES = 64 * 1024

export interface Exchange {
  url: URL
  method: string
  headers: Record<string, string>
  body: EncodedBody | null
  maxBytes: number
  deadline: Deadline
  /** The body of a success is shown, not held. */
  show?: { see: SeePiece; idleMs: number }
}

export type ExchangeResult =
  | { kind: 'answer'; status: number; headers: Record<string, string>; body: Buffer; bytes: number }
  | { kind: 'fault'; code: FaultCode; sent: boolean; bytes: number; error?: Error }
  /** It threw what it was shown to. */
  | { kind: 'unseen'; thrown: unknown; bytes: number }

export function exchange(dispatcher: Dispatcher, request: Exchange): Promise<ExchangeResult> {
  const { url, method, headers, body, maxBytes, deadline, show } = request
  return new Promise((resolve) => {
    let sent = false
    let settled = false
    let bytes = 0
    let status = 0
    let answerHeaders: Record<string, string> = {}
    const chunks: Buffer[] = []
    let controller: Dispatcher.DispatchController | null = null
    let showing: Showing | null = null

    const finish = (result: ExchangeResult) => {
      if (settled) return
      settled = true
      forget()
      showing?.end()
      resolve(result)
      // A request that is still queued has no controller yet: `onRequestStart` ends it, before its first byte.
      if (result.kind !== 'answer') controller?.abort(new Error(result.kind === 'fault' ? result.code : 'given up'))
    }
    const giveUp = () => finish({ kind: 'fault', code: deadline.cause() ?? 'ABORTED', sent, bytes })
    const forget = deadline.onOver(giveUp)

    if (deadline.cause() !== null) return giveUp()
    if (show !== undefined) {
      showing = createShowing({
        ...show,
        pause: () => controller?.pause(),
        resume: () => controller?.resume(),
        idle: () => finish({ kind: 'fault', code: 'TIMEOUT', sent, bytes }),
        thrown: (thrown) => finish({ kind: 'unseen', thrown, bytes }),
      })
    }

    dispatcher.dispatch(
      {
        origin: url.origin,
        path: `${url.pathname}${url.search}`,
        method,
        // Said, since the length of what is sent piece by piece is not seen.
        headers: body === null ? headers : { ...headers, 'content-length': String(body.bytes) },
        body: body === null ? null : sendable(body),
        // The deadline covers both; two clocks for one request only blur which of them spoke.
        headersTimeout: 0,
        bodyTimeout: 0,
      },
      {
        onRequestStart(started) {
          controller = started
          if (settled) started.abort(new Error('given up'))
          else sent = true
        },
        onResponseStart(_, code, incoming) {
          status = code
          answerHeaders = flatten(incoming)
          // A HEAD answers with the length of what a GET would bring: nothing to refuse.
          const promised = method === 'HEAD' ? 0 : Number(answerHeaders['content-length'] ?? 0)
          if (promised > maxBytes) finish({ kind: 'fault', code: 'ANSWER_TOO_LARGE', sent, bytes })
        },
        onResponseData(_, chunk) {
          // A parser that goes on after a pause may begin with nothing; held back at that, it would do so for ever.
          if (chunk.length === 0) return
          bytes += chunk.length
          if (bytes > maxBytes) finish({ kind: 'fault', code: 'ANSWER_TOO_LARGE', sent, bytes })
          else if (showing === null) chunks.push(chunk)
          else if (status >= 200 && status < 300) showing.show(chunk)
          else if (bytes <= WORDS_BYTES) chunks.push(chunk)
        },
        onResponseEnd() {
          const answer = { kind: 'answer' as const, status, headers: answerHeaders, body: Buffer.concat(chunks), bytes }
          if (showing === null) finish(answer)
          else showing.afterLast(() => finish(answer))
        },
        onResponseError(_, error) {
          finish({ kind: 'fault', code: classifyFault(error, sent), sent, bytes, error })
        },
      },
    )
  })
}

function flatten(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const flat: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : value
  }
  return flat
}
