/** Hands the batch in as a real client would: through the client, and again and again until each document is taken. */

import { setTimeout as pause } from 'node:timers/promises'
import { type Becket, BecketError } from '@becket/client'
import type { BatchDocument } from './documents.ts'

export interface Taken {
  document: BatchDocument
  /** Of the document that stands for its content: the first one, where a repetition was called its duplicate. */
  id: string
  /** Whole submits that failed before one succeeded, the client's own repetitions not counted. */
  repeated: number
}

export interface UploaderOptions {
  becket: Becket
  batch: readonly BatchDocument[]
  /** Resolves when the document with this index may be handed in. */
  turn(index: number): Promise<void>
  taken(taken: Taken): void
  signal: AbortSignal
}

const AT_ONCE = 4

export async function upload({ becket, batch, turn, taken, signal }: UploaderOptions): Promise<void> {
  const waiting = [...batch.entries()]
  async function work(): Promise<void> {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, document] = next
      await turn(index)
      if (signal.aborted) return
      taken(await handIn(becket, document, signal))
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
}

async function handIn(becket: Becket, document: BatchDocument, signal: AbortSignal): Promise<Taken> {
  for (let repeated = 0; ; repeated++) {
    signal.throwIfAborted()
    try {
      const { id, duplicateOf } = await becket.documents.submit(document.bytes, { filename: document.filename })
      return { document, id: duplicateOf ?? id, repeated }
    } catch (error) {
      if (!(error instanceof BecketError) || !isPassing(error)) throw error
      await pause(300, undefined, { signal })
    }
  }
}

/** The server is away, or was when it was asked. Whatever else it says of a good document is its fault. */
function isPassing({ code, status, retryable }: BecketError): boolean {
  return retryable || code === 'CONNECTION_FAILED' || code === 'TIMED_OUT' || status >= 500
}
