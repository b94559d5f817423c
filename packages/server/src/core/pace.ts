/**
 * How fast a dependency may be called: so many requests a second, and so many at once. Decides over one row, by the
 * generic cell rate algorithm (ITU-T I.371): what is kept is a single time, at which all turns given out are used up.
 * Neither stores the row nor waits; `store/pace.ts` does the same in one statement for all processes together.
 */
import type { PaceLimit, Turn } from './pace-gate.ts'

export interface PaceState {
  /** When all turns given out so far are used up. */
  tatMs: number
  /** The dependency asked to be left alone until then. */
  pausedUntilMs: number
}

export const restedPace: PaceState = { tatMs: 0, pausedUntilMs: 0 }

/** Who has no limit is only held back by pauses. */
export function takeTurn(
  pace: PaceState,
  limit: PaceLimit | null,
  asked: { cost: number; patienceMs: number },
  nowMs: number,
): { turn: Turn; next: PaceState } {
  const startMs = Math.max(nowMs, pace.pausedUntilMs)
  if (limit === null) return { turn: turnOf(startMs - nowMs, asked.patienceMs), next: pace }
  const tatMs = Math.max(pace.tatMs, startMs) + costMs(limit, asked.cost)
  const waitMs = Math.max(startMs, tatMs - allowanceMs(limit, asked.cost)) - nowMs
  const turn = turnOf(waitMs, asked.patienceMs)
  return { turn, next: turn.granted ? { ...pace, tatMs } : pace }
}

/** Never shortens a pause that another request has asked for. */
export function pausePace(pace: PaceState, ms: number, nowMs: number): PaceState {
  return { ...pace, pausedUntilMs: Math.max(pace.pausedUntilMs, nowMs + ms) }
}

/** What a request of this cost takes of the time. */
export function costMs(limit: PaceLimit, cost: number): number {
  return (cost * 1000) / limit.perSecond
}

/** How far ahead turns may be given out. What costs more than a burst goes when all turns are there, and leaves a debt. */
export function allowanceMs(limit: PaceLimit, cost: number): number {
  return costMs(limit, Math.max(limit.burst, cost))
}

function turnOf(waitMs: number, patienceMs: number): Turn {
  return { granted: waitMs <= patienceMs, waitMs: Math.ceil(waitMs) }
}
