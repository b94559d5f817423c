/**
 * How fast a dependency may be called: so many requests a second, and so many at once. Decides over one row, by the
 * generic cell rate algorithm (ITU-T I.371): what is kept is a single time, at which all turns given out are used up.
 * Neither stores the row nor waits; `store/pace.ts` does the same in one statement for all processes together.
 */

export interface Rate {
  perSecond: number
  /** How many may go at once after a rest. */
  burst: number
}

export interface PaceState {
  /** When all turns given out so far are used up. */
  tatMs: number
  /** The dependency asked to be left alone until then. */
  pausedUntilMs: number
}

export interface Turn {
  /** The turn is the caller's once `waitMs` has passed. Not granted: nothing was taken; ask again after `waitMs`. */
  granted: boolean
  waitMs: number
}

export const restedPace: PaceState = { tatMs: 0, pausedUntilMs: 0 }

/** Who has no rate is only held back by pauses. */
export function takeTurn(
  pace: PaceState,
  rate: Rate | null,
  asked: { cost: number; patienceMs: number },
  nowMs: number,
): { turn: Turn; next: PaceState } {
  const startMs = Math.max(nowMs, pace.pausedUntilMs)
  if (rate === null) return { turn: turnOf(startMs - nowMs, asked.patienceMs), next: pace }
  const tatMs = Math.max(pace.tatMs, startMs) + costMs(rate, asked.cost)
  const waitMs = Math.max(startMs, tatMs - allowanceMs(rate, asked.cost)) - nowMs
  const turn = turnOf(waitMs, asked.patienceMs)
  return { turn, next: turn.granted ? { ...pace, tatMs } : pace }
}

/** Never shortens a pause that another request has asked for. */
export function pausePace(pace: PaceState, ms: number, nowMs: number): PaceState {
  return { ...pace, pausedUntilMs: Math.max(pace.pausedUntilMs, nowMs + ms) }
}

/** What a request of this cost takes of the time. */
export function costMs(rate: Rate, cost: number): number {
  return (cost * 1000) / rate.perSecond
}

/** How far ahead turns may be given out. What costs more than a burst goes when all turns are there, and leaves a debt. */
export function allowanceMs(rate: Rate, cost: number): number {
  return costMs(rate, Math.max(rate.burst, cost))
}

function turnOf(waitMs: number, patienceMs: number): Turn {
  return { granted: waitMs <= patienceMs, waitMs: Math.ceil(waitMs) }
}
