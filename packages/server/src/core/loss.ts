/**
 * What share of callbacks never comes: a decayed count of those that were lost and those that arrived, also late, with
 * a belief to begin from. An outcome that was found otherwise is lost only when its callback had time to come and did not.
 */

/** Plain data, decayed weights. Sums of counts are counts. */
export interface LossCounts {
  lost: number
  arrived: number
}

// Before anything was seen: one in twenty, as sure as 10 callbacks make one.
const FIRST_BELIEF = 0.05
const BELIEF_WEIGHT = 10

// What was never seen may still happen: below one in a thousand, asking would wait for the end of time.
const LEAST = 0.001

export function emptyLoss(): LossCounts {
  return { lost: 0, arrived: 0 }
}

export function mergedLoss(all: readonly LossCounts[]): LossCounts {
  return all.reduce(
    (sum, { lost, arrived }) => ({ lost: sum.lost + lost, arrived: sum.arrived + arrived }),
    emptyLoss(),
  )
}

export function decayedLoss({ lost, arrived }: LossCounts, factor: number): LossCounts {
  return { lost: lost * factor, arrived: arrived * factor }
}

/** The mean of the Beta posterior, between 0 and 1. `prior`: what was seen of the same provider, or of all. */
export function lossRate(counts: LossCounts, prior: LossCounts | null = null): number {
  const belief = prior === null ? FIRST_BELIEF : posterior(prior, FIRST_BELIEF)
  return Math.min(1, Math.max(LEAST, posterior(counts, belief)))
}

function posterior({ lost, arrived }: LossCounts, belief: number): number {
  return (lost + BELIEF_WEIGHT * belief) / (lost + arrived + BELIEF_WEIGHT)
}
