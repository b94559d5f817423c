/** What one cheap request tells about a key: whether the other side takes it. Claims nothing where it was not said. */
export type KeyProof =
  | {
      kind: 'ok'
      /** What it does not prove. */
      note?: string
      /** The other side's clock when it answered, in milliseconds since 1970, as exact as it tells it. */
      clockMs?: number
    }
  | { kind: 'key-rejected'; reason: string; clockMs?: number }
  /** No answer, or one that says nothing of the key. */
  | { kind: 'unavailable'; reason: string }
