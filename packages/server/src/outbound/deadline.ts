/**
 * One limit over a whole request, its redirects and its body included, joined with the caller's own signal. Tells its
 * listeners itself: a signal of its own for each request would cost more than the rest of it.
 */
export interface Deadline {
  /** Why it is over; null: it is not. */
  cause(): 'TIMEOUT' | 'ABORTED' | null
  /** Calls back once it is over, not before; what it returns takes that back. */
  onOver(listener: () => void): () => void
  remainingMs(): number
  /** Lets go of the timer and of the caller's signal. */
  release(): void
}

export function startDeadline(callerSignal: AbortSignal, deadlineMs: number): Deadline {
  const endsAt = performance.now() + deadlineMs
  const listeners = new Set<() => void>()
  let isTimeUp = false
  const tell = () => {
    for (const listener of listeners) listener()
  }
  const timer = setTimeout(() => {
    isTimeUp = true
    tell()
  }, deadlineMs)
  callerSignal.addEventListener('abort', tell)
  return {
    cause: () => (callerSignal.aborted ? 'ABORTED' : isTimeUp ? 'TIMEOUT' : null),
    onOver(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    remainingMs: () => Math.max(0, endsAt - performance.now()),
    release() {
      clearTimeout(timer)
      callerSignal.removeEventListener('abort', tell)
    },
  }
}
