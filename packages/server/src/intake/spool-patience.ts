/**
 * Waits for the database as long as it gets on: until it has taken nothing at all for a while, or one of those who wait has
 * waited for too long even so. The first who is late ends the waiting of all. Asks the database nothing.
 */
import type { StoredCallback } from '../store/callbacks.ts'

export type Outcome = { kind: 'stored'; stored: StoredCallback } | { kind: 'failed'; error: unknown } | { kind: 'late' }

export interface Patience {
  /** Late, the storing goes on by itself, and its end is nobody's any more. */
  wait(storing: Promise<StoredCallback>): Promise<Outcome>
  /** Whoever waits now is late. */
  end(): void
}

export interface PatienceOptions {
  /** For how long the database may take nothing while somebody waits. */
  limitMs: number
  /** Of any clock that does not go backwards. */
  now?: () => number
}

// 1.5 s: at a batch in each half second, a good part of what may wait is through; who gives us 3 s still hears an answer.
const MORE_MS = 1_500

interface Waiter {
  sinceMs: number
  giveUp: () => void
}

export function createPatience({ limitMs, now = () => performance.now() }: PatienceOptions): Patience {
  // In the order in which they came: the first has waited the longest.
  const waiting = new Set<Waiter>()
  let tookMs = Number.NEGATIVE_INFINITY
  let watch: NodeJS.Timeout | undefined

  /** One for all: a timer for each callback would be set and cleared a thousand times a second. */
  function watchFirst(): void {
    const [first] = waiting
    if (first === undefined || watch !== undefined) return
    watch = setTimeout(() => {
      // What this process itself was too busy to read has come meanwhile: it is read before anybody is given up.
      setImmediate(() => {
        watch = undefined
        judge()
      })
    }, leftMs(first))
    // Nobody but those who wait needs it, and they hold connections.
    watch.unref()
  }

  function judge(): void {
    const [first] = waiting
    if (first !== undefined && leftMs(first) <= 0) first.giveUp()
    watchFirst()
  }

  function leftMs({ sinceMs }: Waiter): number {
    return Math.min(Math.max(sinceMs, tookMs), sinceMs + MORE_MS) + limitMs - now()
  }

  return {
    wait(storing) {
      return new Promise((resolve) => {
        const leave = (outcome: Outcome) => {
          waiting.delete(waiter)
          resolve(outcome)
        }
        const waiter: Waiter = { sinceMs: now(), giveUp: () => leave({ kind: 'late' }) }
        waiting.add(waiter)
        watchFirst()
        storing.then(
          (stored) => {
            tookMs = now()
            leave({ kind: 'stored', stored })
          },
          (error: unknown) => leave({ kind: 'failed', error }),
        )
      })
    },
    end() {
      for (const { giveUp } of waiting) giveUp()
    },
  }
}
