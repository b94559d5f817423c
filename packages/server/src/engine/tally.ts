/**
 * What this process saw end since it last wrote that down, added up by source and operation as it is seen: however much
 * ends, it takes no more room. Neither reads nor writes the database; see `learning.ts`.
 */
import { BINS, binOf, type Completion, contributionOf, emptyLatency, type LatencyCounts } from '../core/latency.ts'
import type { LossCounts } from '../core/loss.ts'
import type { LearnedOf } from '../store/latency.ts'

interface Place {
  source: string
  operation: string
}

export interface Tally {
  ended(place: Place, completion: Completion): void
  /** Added to what was counted of callbacks; negative where an earlier count was wrong. */
  callbacks(place: Place, loss: LossCounts): void
  /** Hands over everything, and begins anew. */
  take(): LearnedOf[]
  /** What could not be written after all. */
  putBack(learned: readonly LearnedOf[]): void
}

interface Counts extends Place {
  /** How many times were known, and how many cut off, in each bin: what was at risk follows from it. */
  exact: number[]
  cutOff: number[]
  /** What lies between two bins, and what was put back. */
  rest: LatencyCounts | null
  loss: LossCounts
  observations: number
}

// 1,000: operations may be named by whoever registers an expectation. Of more than that, nothing is learned until the next write.
const MOST_PLACES = 1_000

export function createTally(): Tally {
  let places = new Map<string, Counts>()

  function at({ source, operation }: Place): Counts | null {
    const key = JSON.stringify([source, operation])
    const known = places.get(key)
    if (known !== undefined) return known
    if (places.size >= MOST_PLACES) return null
    const zeros = () => new Array<number>(BINS).fill(0)
    const loss = { lost: 0, arrived: 0 }
    const made = { source, operation, exact: zeros(), cutOff: zeros(), rest: null, loss, observations: 0 }
    places.set(key, made)
    return made
  }

  return {
    ended(place, completion) {
      const counts = at(place)
      if (counts === null) return
      if (completion.kind !== 'censored') counts.observations += 1
      if (completion.kind === 'exact') return count(counts.exact, binOf(completion.afterMs))
      if (completion.kind === 'censored') return count(counts.cutOff, binOf(completion.atMs))
      counts.rest ??= emptyLatency()
      for (const { bin, events, atRisk } of contributionOf(completion)) {
        count(counts.rest.events, bin, events)
        count(counts.rest.atRisk, bin, atRisk)
      }
    },
    callbacks(place, { lost, arrived }) {
      const counts = at(place)
      if (counts === null) return
      counts.loss = { lost: counts.loss.lost + lost, arrived: counts.loss.arrived + arrived }
    },
    take() {
      const taken = [...places.values()].map(({ source, operation, loss, observations, ...counts }) => ({
        source,
        operation,
        latency: latencyOf(counts),
        loss,
        observations,
      }))
      places = new Map()
      return taken
    },
    putBack(learned) {
      for (const { latency, loss, observations, ...place } of learned) {
        const counts = at(place)
        if (counts === null) continue
        const rest = counts.rest ?? emptyLatency()
        latency.events.forEach((events, bin) => {
          count(rest.events, bin, events)
        })
        latency.atRisk.forEach((atRisk, bin) => {
          count(rest.atRisk, bin, atRisk)
        })
        counts.rest = rest
        counts.loss = { lost: counts.loss.lost + loss.lost, arrived: counts.loss.arrived + loss.arrived }
        counts.observations += observations
      }
    },
  }
}

function count(bins: number[], bin: number, by = 1): void {
  bins[bin] = (bins[bin] ?? 0) + by
}

/** Whatever ended or was cut off in a later bin was at risk in all the bins before. */
function latencyOf({ exact, cutOff, rest }: Pick<Counts, 'exact' | 'cutOff' | 'rest'>): LatencyCounts {
  const { events, atRisk } = emptyLatency()
  let later = 0
  for (let bin = BINS - 1; bin >= 0; bin -= 1) {
    later += (exact[bin] ?? 0) + (cutOff[bin] ?? 0)
    events[bin] = (exact[bin] ?? 0) + (rest?.events[bin] ?? 0)
    atRisk[bin] = later + (rest?.atRisk[bin] ?? 0)
  }
  return { events, atRisk }
}
