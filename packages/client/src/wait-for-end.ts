/**
 * Asks again and again, each time letting the server wait, until something has ended. Survives restarts of the server
 * and broken connections; gives up at its own time limit, when it is aborted, or when the server says no.
 */
import { BecketError, isPassing } from './becket-error.ts'
import { type Duration, durationSchema } from './contract/duration.ts'
import { type Machine, retryDelayMs } from './pace.ts'

export interface WaitOptions {
  /** How long to wait at most; without it, as long as it takes. */
  timeout?: Duration
  signal?: AbortSignal
}

// 30 s: below the idle limit of the usual proxies.
const WAIT_MS = 30_000
// A server that answers sooner than this, and not with an end, does not wait: then we do.
const TOO_SOON_MS = 1_000

export async function waitForEnd<Subject>(
  { timeout, signal }: WaitOptions,
  machine: Machine,
  steps: {
    what: string
    ask(waitMs: number): Promise<Subject>
    isOver(subject: Subject): boolean
  },
): Promise<Subject> {
  const end = timeout === undefined ? Number.POSITIVE_INFINITY : machine.now() + milliseconds(timeout)
  let misses = 0
  for (;;) {
    signal?.throwIfAborted()
    const asked = machine.now()
    let restMs = 0
    try {
      const subject = await steps.ask(Math.round(Math.max(0, Math.min(WAIT_MS, end - asked))))
      if (steps.isOver(subject)) return subject
      misses = machine.now() - asked < TOO_SOON_MS ? misses + 1 : 0
      if (misses > 0) restMs = retryDelayMs(misses, undefined, machine.random())
    } catch (error) {
      if (!isPassing(error)) throw error
      misses++
      restMs = retryDelayMs(misses, error.retryAfterMs, machine.random())
    }
    const leftMs = end - machine.now()
    if (leftMs <= 0) throw tooLong(steps.what, timeout)
    if (restMs > 0) await machine.pause(Math.min(restMs, leftMs), signal)
  }
}

function milliseconds(timeout: Duration): number {
  const parsed = durationSchema.safeParse(timeout)
  if (parsed.success) return parsed.data
  throw new BecketError({
    code: 'USAGE_INVALID',
    detail: `\`timeout\` is not a duration: ${timeout}`,
    hint: 'Write "30s", "5m", "24h", or a number of milliseconds.',
  })
}

function tooLong(what: string, timeout: Duration | undefined): BecketError {
  return new BecketError({
    code: 'WAIT_TIMED_OUT',
    detail: `${what} had not ended after ${timeout}`,
    hint: 'The work goes on; ask again later.',
    retryable: true,
  })
}
