/**
 * How long the work of one source and operation takes, as counts: how many were seen to end in each span of age, and how
 * many were still at it. What is running counts too, as "longer than so far", else slow work would look rare.
 * Counts only; the curve through them is `latency-curve.ts`'s, and what to do about it `learned-plan.ts`'s.
 */

const BINS_PER_OCTAVE = 8
const FIRST_EDGE_MS = 10

/** 25 octaves of 8 bins, each 9 % wide: from 10 ms to 3.9 days. Shorter falls into the first, longer into the last. */
export const BINS = 25 * BINS_PER_OCTAVE

/** Plain data, decayed weights and not whole numbers; both arrays have `BINS` elements. Sums of counts are counts. */
export interface LatencyCounts {
  /** How many ended in this bin. */
  events: number[]
  /** How many had not ended when this bin began. */
  atRisk: number[]
}

export type Completion =
  /** The time is known: a callback came, or the provider told when it finished. */
  | { kind: 'exact'; afterMs: number }
  /** It had not ended at `fromMs`, and had at `toMs`: two checks saw so. */
  | { kind: 'between'; fromMs: number; toMs: number }
  /**
   * It had not ended at `atMs`, and more is not known. To be kept for what was cancelled or expired; of what still runs
   * it is true for a moment only: add it to a copy of the counts, else it counts twice once it ends.
   */
  | { kind: 'censored'; atMs: number }

/** What one completion adds to one bin. */
export interface Contribution {
  bin: number
  events: number
  atRisk: number
}

export function binOf(ms: number): number {
  if (!(ms > FIRST_EDGE_MS)) return 0
  const bin = Math.floor(Math.log2(ms / FIRST_EDGE_MS) * BINS_PER_OCTAVE) + 1
  return Math.min(BINS - 1, bin)
}

/** Where a bin begins, in milliseconds. `edgeOf(BINS)` is where the last one is taken to end. */
export function edgeOf(bin: number): number {
  return bin <= 0 ? 0 : FIRST_EDGE_MS * 2 ** ((bin - 1) / BINS_PER_OCTAVE)
}

export function emptyLatency(): LatencyCounts {
  return { events: new Array<number>(BINS).fill(0), atRisk: new Array<number>(BINS).fill(0) }
}

/** What is to be added where: additions of many processes come to the same in any order. */
export function contributionOf(completion: Completion): Contribution[] {
  switch (completion.kind) {
    case 'exact':
      return upTo(binOf(completion.afterMs), 1)
    case 'censored':
      return upTo(binOf(completion.atMs), 0)
    case 'between':
      return spread(Math.max(0, completion.fromMs), completion.toMs)
    default:
      return completion satisfies never
  }
}

export function observe(counts: LatencyCounts, completion: Completion): LatencyCounts {
  const next = { events: [...counts.events], atRisk: [...counts.atRisk] }
  for (const { bin, events, atRisk } of contributionOf(completion)) {
    next.events[bin] = (next.events[bin] ?? 0) + events
    next.atRisk[bin] = (next.atRisk[bin] ?? 0) + atRisk
  }
  return next
}

/** What several processes, or several days, have counted. */
export function mergedLatency(all: readonly LatencyCounts[]): LatencyCounts {
  const sum = emptyLatency()
  for (const counts of all) {
    for (let bin = 0; bin < BINS; bin += 1) {
      sum.events[bin] = (sum.events[bin] ?? 0) + (counts.events[bin] ?? 0)
      sum.atRisk[bin] = (sum.atRisk[bin] ?? 0) + (counts.atRisk[bin] ?? 0)
    }
  }
  return sum
}

/** What is old counts less: the factor is between 0, forgotten, and 1. */
export function decayed(counts: LatencyCounts, factor: number): LatencyCounts {
  return { events: counts.events.map((n) => n * factor), atRisk: counts.atRisk.map((n) => n * factor) }
}

function upTo(last: number, events: number): Contribution[] {
  return Array.from({ length: last + 1 }, (_, bin) => ({ bin, events: bin === last ? events : 0, atRisk: 1 }))
}

/** Where in the interval it ended is unknown: any moment is as likely as any other. */
function spread(fromMs: number, toMs: number): Contribution[] {
  const first = binOf(fromMs)
  const last = Math.max(first, binOf(Math.max(fromMs, toMs)))
  if (first === last) return upTo(last, 1)
  const contributions = upTo(first - 1, 0)
  let left = 1
  for (let bin = first; bin <= last; bin += 1) {
    const overlap = Math.min(toMs, bin === last ? toMs : edgeOf(bin + 1)) - Math.max(fromMs, edgeOf(bin))
    const events = bin === last ? left : Math.min(left, Math.max(0, overlap) / (toMs - fromMs))
    contributions.push({ bin, events, atRisk: left })
    left -= events
  }
  return contributions
}
