/** The port to object storage. An answer is a value; only a bug throws. Does not retry: see `access.ts`. */

export type StorageFault = {
  kind: 'missing' | 'forbidden' | 'unavailable' | 'malformed'
  /** For the log and the operator; never shown to a document's owner. */
  reason: string
}

export type PutAnswer = { kind: 'stored' } | StorageFault
export type GetAnswer = { kind: 'found'; bytes: Buffer } | StorageFault
export type HeadAnswer = { kind: 'found'; bytes: number } | StorageFault
export type DeleteAnswer = { kind: 'deleted' } | StorageFault

export interface Storage {
  /** What the breaker and the log call it, `fs` or `supabase`. */
  readonly name: string
  /** Resolves `stored` only when the bytes are durable. `key`: slash-separated, no leading slash. */
  put(key: string, bytes: Buffer, contentType: string): Promise<PutAnswer>
  get(key: string): Promise<GetAnswer>
  head(key: string): Promise<HeadAnswer>
  delete(key: string): Promise<DeleteAnswer>
}
