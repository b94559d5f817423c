/**
 * From what is shown piece by piece to a content that is taken piece by piece: a download that goes straight into a
 * storage. Holds one piece; whoever shows is held back until it was taken.
 */

export interface Passage {
  /** Once. Ends as `end` says. */
  content: AsyncIterable<Buffer>
  /** Resolves when the piece was taken; rejects when nobody takes any more. */
  show(piece: Buffer): Promise<void>
  /** No more pieces come; with an error, what came is worth nothing. */
  end(error?: Error): void
  /** Nobody takes any more. */
  close(): void
}

/** What `show` rejects with after `close`. */
export class NobodyTakes extends Error {
  override readonly name = 'NobodyTakes'
}

interface Offer {
  piece: Buffer
  taken: () => void
  refused: (error: Error) => void
}

export function createPassage(): Passage {
  let offer: Offer | null = null
  let ended: { error: Error | null } | null = null
  let isClosed = false
  let wake = () => {}

  function close(): void {
    isClosed = true
    offer?.refused(new NobodyTakes('the content is not taken any more'))
    offer = null
    wake()
  }

  async function* pieces(): AsyncGenerator<Buffer> {
    try {
      for (;;) {
        if (offer !== null) {
          yield offer.piece
          offer?.taken()
          offer = null
        } else if (isClosed) return
        else if (ended !== null) {
          if (ended.error !== null) throw ended.error
          return
        } else {
          await new Promise<void>((resolve) => {
            wake = resolve
          })
        }
      }
    } finally {
      close()
    }
  }

  return {
    content: pieces(),
    show(piece) {
      return new Promise((taken, refused) => {
        if (isClosed) return refused(new NobodyTakes('the content is not taken any more'))
        offer = { piece, taken, refused }
        wake()
      })
    },
    end(error) {
      ended = { error: error ?? null }
      wake()
    },
    close,
  }
}
