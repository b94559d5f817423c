/** Signals for requests that wait: aborted when the caller went away, and all at once when the server stops. */
import type { ServerResponse } from 'node:http'

export interface WaitSignals {
  signalFor(response: ServerResponse): AbortSignal
  /** Ends all waits, so that stopping does not take as long as the longest of them. */
  stop(): void
}

export function createWaitSignals(): WaitSignals {
  const open = new Set<AbortController>()
  let stopped = false
  return {
    signalFor(response) {
      const controller = new AbortController()
      if (stopped) {
        controller.abort()
        return controller.signal
      }
      open.add(controller)
      // `close` comes after the answer too, and then nobody listens to the signal any more.
      response.once('close', () => {
        open.delete(controller)
        controller.abort()
      })
      return controller.signal
    },
    stop() {
      stopped = true
      for (const controller of open) controller.abort()
      open.clear()
    },
  }
}
