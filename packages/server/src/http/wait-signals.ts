/** Signals for requests that wait: aborted when the caller went away, and all at once when the server stops. */

/** A response, as far as it tells of its end. */
interface Closing {
  /** It was answered: nobody waits for anything any more. */
  writableEnded: boolean
  once(event: 'close', listener: () => void): unknown
}

// Made once: a reason of its own for each, with its stack, costs more than the request.
const OVER = new Error('the caller went away, was answered, or is to be')
const NOBODY = AbortSignal.abort(OVER)

export interface WaitSignals {
  /** Whoever does not wait needs no signal of their own. */
  waitFor(response: Closing, waitMs: number | undefined): { waitMs: number; signal: AbortSignal }
  /** Ends all waits, so that stopping does not take as long as the longest of them. */
  stop(): void
}

export function createWaitSignals(): WaitSignals {
  const open = new Set<AbortController>()
  let stopped = false
  return {
    waitFor(response, waitMs = 0) {
      if (stopped || waitMs <= 0) return { waitMs, signal: NOBODY }
      const controller = new AbortController()
      open.add(controller)
      // `close` comes after the answer too.
      response.once('close', () => {
        open.delete(controller)
        if (!response.writableEnded) controller.abort(OVER)
      })
      return { waitMs, signal: controller.signal }
    },
    stop() {
      stopped = true
      for (const controller of open) controller.abort(OVER)
      open.clear()
    },
  }
}
