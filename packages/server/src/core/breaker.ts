/**
 * When to leave a failing dependency alone. Decides over one row that all processes share; it neither stores the row nor
 * guards the single trial between processes (see `store/breakers.ts`), and it does not know what a fault is: whoever
 * calls a dependency reports a fault only where the dependency failed, not where it answered that something is missing,
 * forbidden or malformed.
 *
 *   closed ── 5 faults in a row ──▶ open ── 60 s ──▶ half-open ── the trial succeeds ──▶ closed
 *                                    ▲──── the trial fails ────────┘
 */

export interface BreakerThresholds {
  /** Faults in a row that open it. */
  faults: number
  /** How long an open breaker refuses before it lets a trial through. */
  openMs: number
  /** How long a trial may take. Its holder may have died: after this somebody else tries. */
  trialMs: number
  /** What those who meet a trial under way are told to wait. */
  trialWaitMs: number
}

export const breakerDefaults: BreakerThresholds = {
  faults: 5,
  openMs: 60_000,
  // 90 s: the longest read of a document has a deadline of 60 s, so two trials at once need a holder that died.
  trialMs: 90_000,
  // 2 s: a trial that succeeds is quicker; a thousand postponed jobs cost 500 small writes a second while it lasts.
  trialWaitMs: 2_000,
}

interface Common {
  /** Faults in a row, failed trials included. */
  failures: number
  /** How many times it went from closed to open. A trial that fails prolongs an episode; it does not start one. */
  openedCount: number
  /** The last fault since the last success, or what an operator gave as the reason. */
  reason: string | null
}

export type BreakerState = Common &
  (
    | { state: 'closed' }
    /** `retryAtMs` null: held open by an operator, until an operator says otherwise. */
    | { state: 'open'; openedAtMs: number; retryAtMs: number | null }
    | { state: 'half-open'; openedAtMs: number; trialUntilMs: number }
  )

export type BreakerStateName = BreakerState['state']

export type Admission =
  | { kind: 'admitted' }
  /** The caller may go, but only once `next` is stored: that is what makes the trial a single one. */
  | { kind: 'trial'; next: BreakerState }
  | { kind: 'refused'; retryAtMs: number; reason: string }

export const closedBreaker: BreakerState = { state: 'closed', failures: 0, openedCount: 0, reason: null }

export function admit(breaker: BreakerState, nowMs: number, thresholds = breakerDefaults): Admission {
  switch (breaker.state) {
    case 'closed':
      return { kind: 'admitted' }
    case 'open':
      if (breaker.retryAtMs === null) return refused(breaker, nowMs + thresholds.openMs)
      if (nowMs < breaker.retryAtMs) return refused(breaker, breaker.retryAtMs)
      return trial(breaker, nowMs, thresholds)
    case 'half-open':
      if (nowMs < breaker.trialUntilMs) {
        return refused(breaker, Math.min(breaker.trialUntilMs, nowMs + thresholds.trialWaitMs))
      }
      return trial(breaker, nowMs, thresholds)
    default:
      return breaker satisfies never
  }
}

/** The same object where nothing changes: an answer that comes while it is open was asked for before it opened. */
export function onSuccess(breaker: BreakerState): BreakerState {
  if (breaker.state === 'open' || (breaker.state === 'closed' && breaker.failures === 0)) return breaker
  return { state: 'closed', failures: 0, openedCount: breaker.openedCount, reason: null }
}

/** The same object where nothing changes: faults that come while it is open do not prolong it. */
export function onFault(
  breaker: BreakerState,
  reason: string,
  nowMs: number,
  thresholds = breakerDefaults,
): BreakerState {
  const failures = breaker.failures + 1
  const { openedCount } = breaker
  const retryAtMs = nowMs + thresholds.openMs
  switch (breaker.state) {
    case 'closed':
      if (failures < thresholds.faults) return { state: 'closed', failures, openedCount, reason }
      return { state: 'open', failures, openedCount: openedCount + 1, reason, openedAtMs: nowMs, retryAtMs }
    case 'open':
      return breaker
    case 'half-open':
      return { state: 'open', failures, openedCount, reason, openedAtMs: breaker.openedAtMs, retryAtMs }
    default:
      return breaker satisfies never
  }
}

/** By hand: `open` holds it open, `half-open` lets one trial through now, `closed` forgets the faults. */
export function overrideBreaker(
  breaker: BreakerState,
  state: BreakerStateName,
  reason: string,
  nowMs: number,
): BreakerState {
  const { failures, openedCount } = breaker
  const openedAtMs = breaker.state === 'closed' ? nowMs : breaker.openedAtMs
  switch (state) {
    case 'closed':
      return { state, failures: 0, openedCount, reason }
    case 'open':
      return { state, failures, openedCount, reason, openedAtMs, retryAtMs: null }
    case 'half-open':
      return { state, failures, openedCount, reason, openedAtMs, trialUntilMs: nowMs }
    default:
      return state satisfies never
  }
}

function trial(
  breaker: Exclude<BreakerState, { state: 'closed' }>,
  nowMs: number,
  thresholds: BreakerThresholds,
): Admission {
  const { failures, openedCount, reason, openedAtMs } = breaker
  const trialUntilMs = nowMs + thresholds.trialMs
  return { kind: 'trial', next: { state: 'half-open', failures, openedCount, reason, openedAtMs, trialUntilMs } }
}

function refused(breaker: BreakerState, retryAtMs: number): Admission {
  return { kind: 'refused', retryAtMs, reason: breaker.reason ?? 'it failed too often' }
}
