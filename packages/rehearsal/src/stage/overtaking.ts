/** Holds callbacks back until another one has gone past them. */

export interface Overtaking {
  /** Resolves after the next `passed`, or after `withinMs` when nothing else comes. Rejects when `signal` aborts. */
  wait(withinMs: number, signal: AbortSignal): Promise<void>
  /** Some callback was sent: all that wait may go. */
  passed(): void
}

export function createOvertaking(): Overtaking {
  const waiting = new Set<() => void>()
  return {
    wait: (withinMs, signal) =>
      new Promise((resolve, reject) => {
        const leave = () => {
          clearTimeout(deadline)
          signal.removeEventListener('abort', end)
          waiting.delete(go)
        }
        const go = () => {
          leave()
          resolve()
        }
        const end = () => {
          leave()
          reject(signal.reason)
        }
        const deadline = setTimeout(go, withinMs)
        waiting.add(go)
        signal.addEventListener('abort', end, { once: true })
        if (signal.aborted) end()
      }),
    passed() {
      for (const go of [...waiting]) go()
    },
  }
}
