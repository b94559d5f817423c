/**
 * The work that a stand-in goes on with after it has answered: pending callbacks, held ones, hung requests.
 * `stop()` aborts all of it and waits until it has ended. Does not schedule anything itself.
 */
import { setMaxListeners } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'

export interface Tasks {
  readonly signal: AbortSignal
  /** Runs `work` beside the request that started it. What it throws is reported, never lost. */
  run(work: (signal: AbortSignal) => Promise<void>): void
  /** Resolves when everything that was running has ended. Repeatable. */
  stop(): Promise<void>
}

export function createTasks({ onFault }: { onFault: (fault: unknown) => void }): Tasks {
  const aborter = new AbortController()
  // Each pending callback listens; many at once are no leak.
  setMaxListeners(0, aborter.signal)
  const running = new Set<Promise<void>>()

  return {
    signal: aborter.signal,
    run(work) {
      const task = work(aborter.signal)
        .catch((fault: unknown) => {
          // An abort is how `stop` ends a task, not something that went wrong.
          if (!aborter.signal.aborted) onFault(fault)
        })
        .finally(() => running.delete(task))
      running.add(task)
    },
    async stop() {
      aborter.abort()
      while (running.size > 0) await Promise.all(running)
    },
  }
}

/** Rejects at once when `signal` aborts. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0) await wait(ms, undefined, { signal })
}

/** Never resolves; rejects when `signal` aborts. For requests that hang until somebody gives up. */
export function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const end = () => reject(signal.reason)
    if (signal.aborted) end()
    else signal.addEventListener('abort', end, { once: true })
  })
}
