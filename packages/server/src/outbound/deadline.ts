/** One limit over a whole request, its redirects and its body included, joined with the caller's own signal. */

export interface Deadline {
  signal: AbortSignal
  /** Why the signal fired. */
  cause(): 'TIMEOUT' | 'ABORTED'
  remainingMs(): number
  /** Lets go of the timer and of the caller's signal. */
  release(): void
}

export function startDeadline(callerSignal: AbortSignal, deadlineMs: number): Deadline {
  const controller = new AbortController()
  const endsAt = performance.now() + deadlineMs
  const giveUp = () => controller.abort()
  const timer = setTimeout(giveUp, deadlineMs)
  if (callerSignal.aborted) giveUp()
  else callerSignal.addEventListener('abort', giveUp, { once: true })
  return {
    signal: controller.signal,
    cause: () => (callerSignal.aborted ? 'ABORTED' : 'TIMEOUT'),
    remainingMs: () => Math.max(0, endsAt - performance.now()),
    release() {
      clearTimeout(timer)
      callerSignal.removeEventListener('abort', giveUp)
    },
  }
}
