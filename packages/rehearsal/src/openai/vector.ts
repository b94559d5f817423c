/**
 * Vectors without a model: each word is hashed to a few dimensions, and the sum is scaled to length 1. The same text has
 * the same vector on every machine, and texts that share words are near. Says nothing about meaning; the answers that
 * carry it are labelled. Pure.
 */

/** Text, or the numbers of its tokens. */
export type EmbeddingInput = string | readonly number[]

// Eight places per word: enough that two words hardly ever share all of them in 1,536 dimensions.
const PLACES_PER_WORD = 8

export function hashedVector(input: EmbeddingInput, dimensions: number): Float32Array {
  const sums = new Float64Array(dimensions)
  for (const word of wordsOf(input)) {
    let state = fnv1a(word)
    for (let place = 0; place < PLACES_PER_WORD; place++) {
      state = scramble(state)
      const index = state % dimensions
      state = scramble(state)
      sums[index] = (sums[index] ?? 0) + (state & 1 ? 1 : -1)
    }
  }
  let squares = sums.reduce((sum, value) => sum + value * value, 0)
  if (squares === 0) {
    // Signs that cancel out exactly, in very few dimensions: a vector of zeros would be taken for a broken one.
    sums[0] = 1
    squares = 1
  }
  const length = Math.sqrt(squares)
  return Float32Array.from(sums, (value) => value / length)
}

function wordsOf(input: EmbeddingInput): string[] {
  if (typeof input !== 'string') return input.map((token) => `#${token}`)
  const words = input.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu)
  // Only punctuation or spaces: the text itself is its word.
  return words ?? [input]
}

function fnv1a(word: string): number {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(word)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
  return hash
}

/** One step of a 32-bit mixer: neighbouring hashes land far apart. */
function scramble(state: number): number {
  let mixed = (state + 0x9e3779b9) >>> 0
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}
