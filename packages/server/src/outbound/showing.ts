/**
 * Shows an answer piece by piece, one at a time, and holds the sender back while one is looked at. Notices when nothing
 * comes any more; how long the whole may take is not its matter.
 */
import type { SeePiece } from './outbound.ts'

export interface Showing {
  show(piece: Buffer): void
  /** Calls back when the last piece was looked at. */
  afterLast(done: () => void): void
  /** Nothing is shown any more; a piece that is being looked at is not waited for. */
  end(): void
}

export interface ShowingOptions {
  see: SeePiece
  idleMs: number
  pause(): void
  resume(): void
  idle(): void
  thrown(error: unknown): void
}

export function createShowing({ see, idleMs, pause, resume, idle, thrown }: ShowingOptions): Showing {
  let ended = false
  let unseen = 0
  let turn: Promise<void> = Promise.resolve()
  let timer: NodeJS.Timeout | null = null
  const stopWaiting = () => {
    if (timer !== null) clearTimeout(timer)
    timer = null
  }
  const waitForMore = () => {
    stopWaiting()
    timer = setTimeout(idle, idleMs)
  }
  waitForMore()

  async function look(piece: Buffer): Promise<void> {
    if (ended) return
    try {
      await see(piece)
    } catch (error) {
      if (!ended) thrown(error)
      return
    }
    unseen--
    if (ended || unseen > 0) return
    waitForMore()
    resume()
  }

  return {
    show(piece) {
      unseen++
      stopWaiting()
      pause()
      turn = turn.then(() => look(piece))
    },
    afterLast(done) {
      stopWaiting()
      void turn.then(() => {
        if (!ended) done()
      })
    },
    end() {
      ended = true
      stopWaiting()
    },
  }
}
