/**
 * How many checks each source may be asked in a minute, by all processes together, so that asking never eats what is needed
 * for the work itself. What is over budget is put off, never dropped; and the nearer the budget is to its end, the dearer a
 * check is to the learned plan.
 */
import { pressureOf } from '../core/learned-plan.ts'
import type { PaceGate, PaceLimit } from '../core/pace-gate.ts'

export interface CheckBudgets {
  /** 0: ask now. More: put it off for so long. `together`: who asks at the same moment is answered by the same request. */
  take(source: string, together?: boolean): Promise<number>
  /** By how much checks are dearer at the moment; 1 where there is enough for all. */
  pressure(source: string): number
}

export interface CheckBudgetOptions {
  /** Null: as many as there are. */
  perMinuteOf(source: string): number | null
  /** Shared by all processes. */
  pace(name: string, limit: PaceLimit): PaceGate
  random: () => number
  /** Milliseconds that only ever grow. */
  clock?: () => number
}

/** Everybody may ask as they come. */
export const noBudgets: CheckBudgets = { take: async () => 0, pressure: () => 1 }

const MINUTE_MS = 60_000
// 10 ms: they are gathered for a little longer; see `roll-call.ts`.
const TOGETHER_MS = 10
// 6 s worth of a budget at once: what falls due together after a restart need not wait for turns.
const BURST_SHARE = 0.1
// 10 min: the longest that many who wait for few turns are spread over, so that none is forgotten for longer.
const MOST_PUT_OFF_MS = 600_000

export function createCheckBudgets(options: CheckBudgetOptions): CheckBudgets {
  const { perMinuteOf, pace, random, clock = () => performance.now() } = options
  const meters = new Map<string, Meter>()

  function meterOf(source: string): Meter {
    const known = meters.get(source) ?? createMeter(clock)
    meters.set(source, known)
    return known
  }

  const shared = new Map<string, { at: number; turn: Promise<number> }>()

  async function takeOne(source: string): Promise<number> {
    const perMinute = perMinuteOf(source)
    if (perMinute === null) return 0
    const burst = Math.max(1, Math.round(perMinute * BURST_SHARE))
    const turn = await pace(`checks:${source}`, { perSecond: perMinute / 60, burst }).take(1, 0)
    const meter = meterOf(source)
    meter.count(turn.granted)
    if (turn.granted) return 0
    // As many as were sent away lately want the next turns: together they would come in vain again.
    const spreadMs = Math.min(MOST_PUT_OFF_MS, (meter.sentAway() * MINUTE_MS) / perMinute)
    return Math.max(1, Math.round(turn.waitMs + random() * spreadMs))
  }

  return {
    take(source, together = false) {
      if (!together) return takeOne(source)
      const before = shared.get(source)
      if (before !== undefined && clock() - before.at < TOGETHER_MS) return before.turn
      const turn = takeOne(source)
      shared.set(source, { at: clock(), turn })
      return turn
    },
    pressure(source) {
      const perMinute = perMinuteOf(source)
      const meter = meters.get(source)
      if (perMinute === null || meter === undefined) return 1
      return inSteps(pressureOf({ used: meter.wanted(), budget: perMinute }))
    },
  }
}

interface Meter {
  count(isGranted: boolean): void
  /** In the last minute. */
  wanted(): number
  sentAway(): number
}

/** Two half-open minutes, weighed by how much of the older one is still within the last. */
function createMeter(clock: () => number): Meter {
  let minute = Math.floor(clock() / MINUTE_MS)
  let before = { granted: 0, refused: 0 }
  let now = { granted: 0, refused: 0 }

  function turnOver(): number {
    const at = clock() / MINUTE_MS
    const passed = Math.floor(at) - minute
    if (passed > 0) {
      before = passed === 1 ? now : { granted: 0, refused: 0 }
      now = { granted: 0, refused: 0 }
      minute += passed
    }
    return 1 - (at - minute)
  }

  return {
    count(isGranted) {
      turnOver()
      if (isGranted) now.granted += 1
      else now.refused += 1
    },
    wanted() {
      const share = turnOver()
      return now.granted + now.refused + share * (before.granted + before.refused)
    },
    sentAway() {
      const share = turnOver()
      return now.refused + share * before.refused
    },
  }
}

/** A plan is made for each pressure, so there are few of them: each half as much again as the one before. */
function inSteps(pressure: number): number {
  return 1.5 ** Math.round(Math.log(Math.max(1, pressure)) / Math.log(1.5))
}
