/** Counts the attempts on each piece of work. Forgets the works that were quiet longest, so that a soak run stays small. */

export interface Attempts {
  /** 1 the first time. */
  next(work: string): number
}

// 100,000: some 15 MB of keys; a work forgotten after so many others counts as new, which only matters to `attempts`.
const MAX_WORKS = 100_000

export function createAttempts(): Attempts {
  const counts = new Map<string, number>()
  return {
    next(work) {
      const count = (counts.get(work) ?? 0) + 1
      // Deleted first, so that the map's order is the order of last use.
      counts.delete(work)
      counts.set(work, count)
      if (counts.size > MAX_WORKS) {
        const [oldest] = counts.keys()
        if (oldest !== undefined) counts.delete(oldest)
      }
      return count
    },
  }
}
