/** Waits for a request's turn at a dependency that may be called only so fast. Short waits are waited; long ones are told. */
import { PATIENCE_MS, type PaceGate } from '../core/pace-gate.ts'
import type { Deadline } from './deadline.ts'

export type TurnResult =
  | { kind: 'go' }
  /** It has not left, and is not worth holding a worker for. */
  | { kind: 'fault'; code: 'RATE_LIMITED'; retryAfterMs: number }
  | { kind: 'fault'; code: 'TIMEOUT' | 'ABORTED' }

export async function awaitTurn(pace: PaceGate, deadline: Deadline): Promise<TurnResult> {
  const patienceMs = Math.min(PATIENCE_MS, deadline.remainingMs())
  const taken = pace.take(1, patienceMs)
  const { granted, waitMs } = taken instanceof Promise ? await taken : taken
  if (!granted) return { kind: 'fault', code: 'RATE_LIMITED', retryAfterMs: waitMs }
  if (waitMs > 0) await passes(waitMs, deadline)
  const cause = deadline.cause()
  return cause === null ? { kind: 'go' } : { kind: 'fault', code: cause }
}

/** Or the deadline, if that comes first. */
function passes(ms: number, deadline: Deadline): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer)
      forget()
      resolve()
    }
    const timer = setTimeout(end, ms)
    const forget = deadline.onOver(end)
    if (deadline.cause() !== null) end()
  })
}
