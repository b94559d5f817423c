/** Times in logarithmic bins, each 1 % wide: small, quick to add to, and quantiles right to 1 %. Pure. */
const GROWTH = Math.log(1.01)
const SMALLEST_MS = 0.01
// Up to ten minutes.
const BINS = Math.ceil(Math.log(600_000 / SMALLEST_MS) / GROWTH) + 1

export function createHistogram() {
  const bins = new Uint32Array(BINS)
  let count = 0
  let max = 0
  return {
    add(ms) {
      const bin = Math.ceil(Math.log(Math.max(ms, SMALLEST_MS) / SMALLEST_MS) / GROWTH)
      bins[Math.min(bin, BINS - 1)]++
      count++
      if (ms > max) max = ms
    },
    count: () => count,
    max: () => max,
    /** The upper edge of the bin that holds it; 0 when nothing was added. */
    quantile(part) {
      let left = Math.ceil(count * part)
      if (left === 0) return 0
      for (let bin = 0; bin < BINS; bin++) {
        left -= bins[bin]
        if (left <= 0) return Math.min(SMALLEST_MS * Math.exp(bin * GROWTH), max)
      }
      return max
    },
  }
}
