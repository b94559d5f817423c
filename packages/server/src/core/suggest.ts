/**
 * Near misses, for "did you mean": the nearest of the known words, or nothing where none is near.
 * The distance is Damerau's in its restricted form (optimal string alignment): a letter too many, missing, wrong, or
 * two neighbours swapped count one each.
 */

/** `candidates` in order of preference: of two equally near, the first wins. */
export function suggest(word: string, candidates: readonly string[]): string | undefined {
  const wanted = plain(word)
  if (wanted === '') return undefined
  // A third of the letters may differ: `retrys` finds `retries`, `port` does not find `path`.
  const limit = Math.max(1, Math.floor(wanted.length / 3))
  let nearest: string | undefined
  let nearestDistance = limit + 1
  for (const candidate of candidates) {
    const known = plain(candidate)
    // Lengths that differ by more cannot be near; this also keeps absurdly long input cheap.
    if (Math.abs(known.length - wanted.length) > limit) continue
    const distance = distanceBetween(wanted, known)
    if (distance < nearestDistance) {
      nearest = candidate
      nearestDistance = distance
    }
  }
  return nearest
}

/** `max_retries`, `max-retries` and `maxRetries` are the same word. */
function plain(word: string): string {
  return word.toLowerCase().replace(/[-_\s]/g, '')
}

function distanceBetween(left: string, right: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: right.length + 1 }, (_, index) => index)
  for (let row = 1; row <= left.length; row++) {
    const current = [row]
    for (let column = 1; column <= right.length; column++) {
      const same = left[row - 1] === right[column - 1]
      let cost = Math.min(at(last, column) + 1, at(current, column - 1) + 1, at(last, column - 1) + (same ? 0 : 1))
      const swapped =
        row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1]
      if (swapped) cost = Math.min(cost, at(beforeLast, column - 2) + 1)
      current.push(cost)
    }
    beforeLast = last
    last = current
  }
  return at(last, right.length)
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY
}
