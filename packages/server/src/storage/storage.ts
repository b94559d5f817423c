/** The port to object storage. An answer is a value; only a bug throws. Does not retry: see `access.ts`. */
import type { Content } from './content.ts'

export type StorageFault = {
  /**
   * `missing`: there is no such object, or it is not visible yet. `forbidden`: we may not; some storages also say it of
   * what is missing. `unavailable`: the storage failed; the only kind that is the dependency's own fault.
   * `malformed`: there is something, but not what was stored. `wrong-key`: it was encrypted with another key.
   */
  kind: 'missing' | 'forbidden' | 'unavailable' | 'malformed' | 'wrong-key'
  /** For the log and the operator; never shown to a document's owner. */
  reason: string
}

export type PutAnswer = { kind: 'stored' } | StorageFault
export type GetAnswer = { kind: 'found'; bytes: Buffer } | StorageFault
export type HeadAnswer = { kind: 'found'; bytes: number } | StorageFault
export type DeleteAnswer = { kind: 'deleted' } | StorageFault

/** What lies there, without what it says: `storedBytes` counts what encryption adds. */
export interface ListedObject {
  key: string
  storedBytes: number
}

export interface ListOptions {
  /** At most so many objects; a storage may give fewer at a time. Default 1000, which is also the most. */
  limit?: number
  /** The `next` of the answer before: opaque. */
  after?: string
}

export type ListAnswer = { kind: 'listed'; objects: ListedObject[]; next: string | null } | StorageFault

export interface SignedUrlRequest {
  method: 'GET' | 'PUT'
  /** A storage may allow less, or give what it gives: `expiresAtMs` is what counts. */
  ttlMs: number
  /** Of a PUT: what the object will be called, and what the sender must say. */
  contentType?: string
}

/** `headers`: what must be sent with the request, as it is written here. */
export type SignedUrlAnswer =
  | { kind: 'url'; url: string; expiresAtMs: number; headers: Record<string, string> }
  | StorageFault

/** May throw to be shown no more; what is answered then means nothing. */
export type See = (piece: Buffer) => void | Promise<void>

export interface Storage {
  /** What the breaker and the log call it, `fs`, `s3` or `supabase`. */
  readonly name: string
  /**
   * Resolves `stored` only when the bytes are durable. Replaces what is there, wholly or not at all. Rejects with what the
   * content itself threw, and with nothing else. `key`: see `key.ts`.
   */
  put(key: string, content: Content, contentType: string): Promise<PutAnswer>
  get(key: string): Promise<GetAnswer>
  /**
   * As `get`, but shows the object piece by piece, as fast as it is looked at, and holds none of it. A piece is valid until
   * `see` has ended, and what was seen counts only when the answer is `found`.
   */
  scan(key: string, see: See): Promise<HeadAnswer>
  /** The object's first bytes, at most `count`; fewer where it has fewer. */
  getStart(key: string, count: number): Promise<GetAnswer>
  /** How many bytes `get` would give. */
  head(key: string): Promise<HeadAnswer>
  /** `deleted` also when there was nothing: not every storage can tell. */
  delete(key: string): Promise<DeleteAnswer>
  /**
   * The objects whose key begins with `prefix`, in the order of their keys. Absent: this storage cannot list so; what
   * depends on it says what to use instead.
   */
  list?(prefix: string, options?: ListOptions): Promise<ListAnswer>
  /**
   * An address that somebody without our keys may use for this one object until it expires. Says nothing of whether the
   * object is there. Absent where the storage has none, or where it would lead around encryption.
   */
  signedUrl?(key: string, request: SignedUrlRequest): Promise<SignedUrlAnswer>
}
