/** Waits for the database, though not for long: the first that waited too long ends the waiting of all. */
import type { StoredCallback } from '../store/callbacks.ts'

export type Outcome = { kind: 'stored'; stored: StoredCallback } | { kind: 'failed'; error: unknown } | { kind: 'late' }

export interface Patience {
  /** Late, the storing goes on by itself, and its end is nobody's any more. */
  wait(storing: Promise<StoredCallback>): Promise<Outcome>
  /** Whoever waits now is late. */
  end(): void
}

export function createPatience({ limitMs }: { limitMs: number }): Patience {
  const waiting = new Set<() => void>()

  return {
    async wait(storing) {
      let giveUp = () => {}
      const late = new Promise<Outcome>((resolve) => {
        giveUp = () => resolve({ kind: 'late' })
      })
      const timer = setTimeout(giveUp, limitMs)
      waiting.add(giveUp)
      const settled = storing.then(
        (stored): Outcome => ({ kind: 'stored', stored }),
        (error: unknown): Outcome => ({ kind: 'failed', error }),
      )
      const outcome = await Promise.race([settled, late])
      clearTimeout(timer)
      waiting.delete(giveUp)
      return outcome
    },
    end() {
      for (const giveUp of waiting) giveUp()
    },
  }
}
