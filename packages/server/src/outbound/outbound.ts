/** The one way out: every request to a third party has a deadline, a size cap, a guard, and leaves a record. */
import type { FileContent, Multipart } from './multipart.ts'

export interface OutboundRequest {
  /** What the request is for, in its record: `parse`, `check`. */
  operation?: string
  method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE' | 'PATCH'
  /** Absolute, or a path that is resolved against the source's `baseUrl`. */
  url: string
  headers?: Record<string, string>
  body?: FileContent | string | Multipart
  /** Default 30 s; multipart uploads ask for more. */
  deadlineMs?: number
  /** Bytes of answer read before the request is given up; default 32 MiB. */
  maxBytes?: number
  /** The source's credentials are added only when this is true and the URL's origin is the `baseUrl`'s. */
  authenticated: boolean
  /** The one that the provider's code was called with: by it the record names the expectation. */
  signal: AbortSignal
}

export type OutboundAnswer =
  | {
      kind: 'answer'
      status: number
      headers: Record<string, string>
      body: Buffer
      tookMs: number
      retryAfterMs: number | null
    }
  /**
   * No answer. `sent` is false only when the request surely never left us (DNS, refused, blocked, no turn). `code`:
   * `FaultCode`. With `retryAfterMs` it was kept back for its pace: nothing is wrong, and that is when its turn may come.
   */
  | { kind: 'fault'; code: string; message: string; sent: boolean; tookMs: number; retryAfterMs?: number }

/** What every request leaves behind, also one that was refused before it left; a redirect leaves one per hop. */
export interface RequestRecord {
  source: string
  operation: string | null
  method: string
  /** Redacted: no user, no query values, no segment that looks like a secret. */
  url: string
  status: number | null
  fault: string | null
  tookMs: number
  /** Bytes of answer that were read. */
  bytes: number
  /** The id that the request was made for, an expectation's. */
  subject: string | null
}

/** For what need not be held. `deadlineMs`: default 10 min. */
export interface DownloadRequest extends OutboundRequest {
  maxBytes: number
  /** So long may nothing come; default 30 s. The time that is spent looking at a piece does not count. */
  idleMs?: number
}

/** May be slow: nothing more is read meanwhile. May throw to be shown no more. */
export type SeePiece = (piece: Buffer) => void | Promise<void>

export interface Outbound {
  request(request: OutboundRequest): Promise<OutboundAnswer>
  /**
   * As `request`, but shows the body of a success piece by piece and holds none of it: its `body` is empty, and what was
   * seen counts only when there is an answer. Of an answer that is no success, `body` is the start, and nothing is shown.
   * Rejects with what `see` threw.
   */
  download(request: DownloadRequest, see: SeePiece): Promise<OutboundAnswer>
}
