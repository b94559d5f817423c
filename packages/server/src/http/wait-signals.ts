/** Signals for requests that wait: aborted when the caller went away, and all at once when the server stops. */

/** A response, as far as it tells of its end. */
interface Closing {
  once(event: 'close', listener: () => void): unknown
}

export interface WaitSignals {
  signalFor(response: Closing): AbortSignal
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
