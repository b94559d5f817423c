/** When the client tries again. What it takes from the machine (time, chance, rest) is handed in, so that tests own it. */

export interface Machine {
  /** Resolves after `ms`; rejects with the signal's reason when it is aborted. */
  pause(ms: number, signal?: AbortSignal): Promise<void>
  /** Milliseconds on a clock that only goes forward. */
  now(): number
  /** From 0 up to, not including, 1. */
  random(): number
}

export const realMachine: Machine = {
  now: () => performance.now(),
  random: () => Math.random(),
  pause: (ms, signal) =>
    new Promise((resolve, reject) => {
      signal?.throwIfAborted()
      const onAbort = () => {
        clearTimeout(timer)
        reject(signal?.reason)
      }
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', onAbort)
        resolve()
      }, ms)
      signal?.addEventListener('abort', onAbort, { once: true })
    }),
}

const FIRST_MS = 250
// 10 s: a server that was restarted is found again soon after, and one that is away is not hammered.
const LONGEST_MS = 10_000
// 60 s: a Retry-After beyond that is the caller's decision, not ours.
const LONGEST_ASKED_MS = 60_000

/** Milliseconds before try number `tried + 1`: doubling, half of it by chance; or as long as the server asked. */
export function retryDelayMs(tried: number, retryAfterMs: number | undefined, random: number): number {
  const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.max(0, tried - 1))
  const own = full / 2 + (full / 2) * random
  return retryAfterMs === undefined ? own : Math.max(own, Math.min(retryAfterMs, LONGEST_ASKED_MS))
}
