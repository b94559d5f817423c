/**
 * How likely work still runs at an age: the curve through the counts of `latency.ts`, by Kaplan and Meier's estimator,
 * leaning on what is known of similar work where little was seen. Knows nothing of callbacks or checks.
 */
import { BINS, edgeOf, emptyLatency, type LatencyCounts } from './latency.ts'

/** Within a bin, the rate at which work ends is constant. */
export interface Curve {
  /** Per millisecond, in each bin. */
  hazards: number[]
  /** The hazards summed up to each edge: `BINS + 1` of them, and the chance to last so long is e to minus that. */
  cumulative: number[]
}

/** How many observations the prior is worth. */
const PRIOR_WEIGHT = 2

// The share of the spread that one observation is blurred over, by the count of them: the usual choice for a density
// (Silverman, 1986), halved, for work often comes in two speeds and then the spread of all says little.
const BLUR = 0.53

/** Hazards never so high that a logarithm fails; the bins are narrow enough to make this "all of them". */
const SUREST = 1 - 1e-9

/** `prior` is what was counted of the same provider, or of all; below it lies the belief that any order of size is possible. */
export function survivalOf(counts: LatencyCounts, prior: LatencyCounts | null = null, weight = PRIOR_WEIGHT): Curve {
  const first = blurred(counts)
  const second = blurred(prior ?? emptyLatency())
  const hazards: number[] = []
  const cumulative = [0]
  let sum = 0
  for (let bin = 0; bin < BINS; bin += 1) {
    const belief = shrunk(second, bin, 1 / (BINS + 1 - bin), weight)
    const ended = Math.min(SUREST, Math.max(0, shrunk(first, bin, belief, weight)))
    const added = -Math.log1p(-ended)
    hazards.push(added / (edgeOf(bin + 1) - edgeOf(bin)))
    sum += added
    cumulative.push(sum)
  }
  return { hazards, cumulative }
}

export function hazardAt(curve: Curve, bin: number): number {
  return curve.hazards[Math.min(BINS - 1, bin)] ?? 0
}

/** The age by which this share has ended. */
export function quantileOf(curve: Curve, share: number): number {
  const target = -Math.log1p(-Math.min(SUREST, Math.max(0, share)))
  const edge = curve.cumulative.findIndex((sum) => sum >= target)
  if (edge <= 0) return edge === 0 ? 0 : edgeOf(BINS)
  const below = curve.cumulative[edge - 1] ?? 0
  return edgeOf(edge - 1) + (target - below) / hazardAt(curve, edge - 1)
}

function shrunk({ events, atRisk }: LatencyCounts, bin: number, belief: number, weight: number): number {
  return ((events[bin] ?? 0) + weight * belief) / (Math.max(events[bin] ?? 0, atRisk[bin] ?? 0) + weight)
}

/**
 * Each observation spread over its neighbourhood, narrower the more there are: else ten observations would be ten
 * moments at which work ends, and none between. How wide is judged by what ended alone, so that what still runs only
 * ever makes the rest look longer.
 */
function blurred(counts: LatencyCounts): LatencyCounts {
  const kernel = kernelFor(counts.events)
  if (kernel.length === 1) return counts
  const events = new Array<number>(BINS).fill(0)
  const left = new Array<number>(BINS).fill(0)
  const reach = (kernel.length - 1) / 2
  for (let bin = 0; bin < BINS; bin += 1) {
    const ended = counts.events[bin] ?? 0
    const gone = Math.max(0, (counts.atRisk[bin] ?? 0) - (counts.atRisk[bin + 1] ?? 0) - ended)
    if (ended + gone <= 0) continue
    for (const [index, share] of kernel.entries()) {
      const to = Math.min(BINS - 1, Math.max(0, bin + index - reach))
      events[to] = (events[to] ?? 0) + ended * share
      left[to] = (left[to] ?? 0) + gone * share
    }
  }
  const atRisk = new Array<number>(BINS).fill(0)
  let still = 0
  for (let bin = BINS - 1; bin >= 0; bin -= 1) {
    still += (events[bin] ?? 0) + (left[bin] ?? 0)
    atRisk[bin] = still
  }
  return { events, atRisk }
}

/** A bell over bins; one element where there is nothing to blur. */
function kernelFor(events: readonly number[]): number[] {
  const total = events.reduce((sum, n) => sum + n, 0)
  if (!(total > 0)) return [1]
  const width = BLUR * spreadOf(events, total) * Math.max(1, total) ** -0.2
  const reach = Math.min(BINS, Math.ceil(3 * width))
  if (reach < 1) return [1]
  const bell = Array.from({ length: 2 * reach + 1 }, (_, index) => Math.exp(-0.5 * ((index - reach) / width) ** 2))
  const sum = bell.reduce((all, share) => all + share, 0)
  return bell.map((share) => share / sum)
}

/** In bins. At least one: the same time twice does not mean for ever. */
function spreadOf(events: readonly number[], total: number): number {
  const mean = events.reduce((sum, n, bin) => sum + n * bin, 0) / total
  const variance = events.reduce((sum, n, bin) => sum + n * (bin - mean) ** 2, 0) / total
  return Math.max(1, Math.sqrt(variance))
}
