/**
 * When to ask next, learned from how long the work of a source and operation took and how many callbacks were lost:
 * the moment that costs least, asking and not knowing weighed against each other. Until enough was seen, a plan that
 * needs no knowledge. Says when, and why in words; what was learned is kept, and asking done, elsewhere.
 *
 * `planTable` is worth keeping (a few milliseconds): one for each source and operation, until what was learned has changed.
 * `nextFrom` looks one up. `learnedCheck` does both.
 */
import type { LatencyCounts } from './latency.ts'
import type { LossCounts } from './loss.ts'

/** Plain data. Sums are sums, of each part. */
export interface Learned {
  latency: LatencyCounts
  loss: LossCounts
  /** How many ended, decayed like the counts. */
  observations: number
}

export interface PlanCosts {
  /** What one check costs; only its proportion to `perSecond` matters. */
  perCheck: number
  /** What one second costs in which work is done and nobody knows. */
  perSecond: number
  /** Never longer between two checks. */
  longestMs: number
}

export interface PlanInput {
  learned: Learned
  /** What was seen of the same provider, or of all: believed while little was seen here. */
  prior: Learned | null
  costs: PlanCosts
  /** By how much checks are dearer at the moment, from `pressureOf`; 1 where nothing presses. */
  pressure?: number
  /** How long a callback that does come takes to come, on average. */
  lagMs?: number
}

/** Plain data. */
export interface PlanTable {
  /** Nothing to speak of was learned: `nextFrom` goes by the operation's terms alone. */
  isCold: boolean
  /** Ascending: known to run at `ages[i]`, ask at `nextAges[i]`. */
  ages: number[]
  nextAges: number[]
  /** How much is done by each of `ages`. */
  doneShares: number[]
  lossShare: number
  longestMs: number
  pressure: number
}

export interface WaitingSince {
  ageMs: number
  /** The age at which a check last said that it is not done; 0 if none did. */
  lastKnownIncompleteMs: number
  expectWithinMs: number
  deadlineMs: number
}

export interface NextAsk {
  /** From now: more than nothing, and never past the deadline. */
  afterMs: number
  why: string
}
