/**
 * The ages between which the learned plan chooses: dense where work ends, sparse where nothing happens. What the grid
 * knows of a curve is all that `learned-plan-cost.ts` asks. Decides nothing.
 */
import { BINS, edgeOf } from './latency.ts'
import { type Curve, hazardAt } from './latency-curve.ts'

export interface Grid {
  /** Ascending, from 0. */
  ages: number[]
  /** The hazards summed up to each age. */
  cumulative: number[]
}

export interface Stakes {
  perCheck: number
  perMs: number
  lossShare: number
  longestMs: number
}

// Of the time between two checks that a constant hazard would ask for: finer gains less than one in a hundred.
const STEPS_PER_CHECK = 5

// What a few milliseconds of work can take.
const MOST_AGES = 1200

export function gridOf(curve: Curve, stakes: Stakes): Grid {
  for (let coarser = 1; ; coarser *= 1.5) {
    const grid = walk(curve, stakes, coarser)
    if (grid !== null) return grid
  }
}

function walk(curve: Curve, stakes: Stakes, coarser: number): Grid | null {
  const ages = [0]
  const cumulative = [0]
  for (let bin = 0; bin < BINS; bin += 1) {
    const from = edgeOf(bin)
    const width = edgeOf(bin + 1) - from
    const hazard = hazardAt(curve, bin)
    const squared = (2 * stakes.perCheck) / (stakes.perMs * stakes.lossShare * Math.max(hazard, 1e-15))
    // At least a millisecond, also where a check costs nothing.
    const interval = Math.max(1, Math.sqrt(squared))
    // Where the longest wait decides, there is nothing to choose, and one step is enough.
    const step = Math.min(width, Math.min(interval / STEPS_PER_CHECK, stakes.longestMs) * coarser)
    const steps = Math.ceil(width / step)
    if (ages.length + steps > MOST_AGES + BINS) return null
    for (let index = 1; index <= steps; index += 1) {
      ages.push(from + (width * index) / steps)
      cumulative.push((curve.cumulative[bin] ?? 0) + (hazard * width * index) / steps)
    }
  }
  return { ages, cumulative }
}
