/**
 * The cheapest sequence of checks for work that ends by a known curve, by dynamic programming over a grid of ages:
 * V(y) = min over x of the check at x, if it comes to that, the time from y to x in which work is done and nobody knows,
 * and V(x). Exact on the grid, and no rule of thumb: work that comes in two speeds is served right.
 * Knows nothing of where the curve comes from.
 */
import type { Grid, Stakes } from './learned-plan-grid.ts'

export interface CostInput extends Stakes {
  grid: Grid
  lagMs: number
}

/** For each age of the grid at which it was known to run: the age at which to ask. */
export function cheapestNextAges(input: CostInput): number[] {
  const { grid, perCheck, perMs, lossShare, longestMs } = input
  const last = grid.ages.length - 1
  const steps = stepsOf(input)
  const costs = new Array<number>(last + 1).fill(0)
  const nextAges = new Array<number>(last + 1).fill((grid.ages[last] ?? 0) + longestMs)
  for (let from = last - 1; from >= 0; from -= 1) {
    const start = grid.ages[from] ?? 0
    // Before the first check there is no wait between two: work known to take hours is not asked about in the first.
    const reachMs = from === 0 ? Number.POSITIVE_INFINITY : longestMs
    // All chances given that it runs at `start`, so that nothing grows too small to count with.
    let survival = 1
    let late = 0 // done, and its callback, which will come, has not
    let wait = 0 // the time in which it is done and nobody knows
    let unknown = 0
    let best = Number.POSITIVE_INFINITY
    let bestAt = from + 1
    for (let to = from + 1; to <= last; to += 1) {
      const { ms, lasts, fades, fresh } = steps[to - 1] ?? nothing
      const ended = survival * (1 - lasts)
      survival *= lasts
      late = late * fades + ended * fresh
      const before = unknown
      unknown = lossShare * (1 - survival) + (1 - lossShare) * late
      wait += ((before + unknown) / 2) * ms
      const cost = perCheck * (survival + unknown) + perMs * wait + survival * (costs[to] ?? 0)
      if (cost < best) {
        best = cost
        bestAt = to
      }
      // The wait only grows, so that nothing later can be cheaper.
      if (perMs * wait >= best || (grid.ages[to] ?? 0) - start >= reachMs) break
    }
    costs[from] = best
    nextAges[from] = Math.min(start + reachMs, grid.ages[bestAt] ?? start + longestMs)
  }
  return nextAges
}

const nothing = { ms: 0, lasts: 1, fades: 1, fresh: 1 }

function stepsOf({ grid, lagMs }: CostInput) {
  return grid.ages.slice(1).map((age, index) => {
    const ms = age - (grid.ages[index] ?? 0)
    const lasts = Math.exp((grid.cumulative[index] ?? 0) - (grid.cumulative[index + 1] ?? 0))
    if (!(lagMs > 0)) return { ms, lasts, fades: 0, fresh: 0 }
    const fades = Math.exp(-ms / lagMs)
    // Of those that ended within the step, evenly, the share whose callback is still on its way at its end.
    return { ms, lasts, fades, fresh: ms > 0 ? ((1 - fades) * lagMs) / ms : 1 }
  })
}
