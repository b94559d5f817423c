/** The known word that was probably meant, or null when nothing is near. */
export function nearMiss(word: string, known: readonly string[]): string | null {
  let best: { word: string; distance: number } | null = null
  for (const candidate of known) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase())
    if (best === null || distance < best.distance) best = { word: candidate, distance }
  }
  // A third of the word may be wrong: `retrys` finds `retries`, `banana` finds nothing.
  return best !== null && best.distance <= Math.max(2, Math.floor(word.length / 3)) ? best.word : null
}

function editDistance(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let row = 1; row <= from.length; row++) {
    const current = [row]
    for (let column = 1; column <= to.length; column++) {
      const replaced = (previous[column - 1] ?? 0) + (from[row - 1] === to[column - 1] ? 0 : 1)
      current.push(Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1))
    }
    previous = current
  }
  return previous[to.length] ?? 0
}
