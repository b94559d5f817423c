/**
 * Judges the vectors that an embedding service answered with, before any of them is stored. Never mends or invents one:
 * what is not usable is a named fault.
 */

export type VectorsVerdict = { kind: 'usable' } | { kind: VectorFault; reason: string }
export type VectorFault = 'wrong-count' | 'wrong-length' | 'not-finite' | 'all-zero'

export function checkVectors(
  vectors: readonly ArrayLike<number>[],
  expected: { count: number; dimensions: number },
): VectorsVerdict {
  if (vectors.length !== expected.count) {
    return { kind: 'wrong-count', reason: `${expected.count} vectors were asked for, ${vectors.length} came` }
  }
  for (const [index, vector] of vectors.entries()) {
    const fault = faultOf(vector, expected.dimensions)
    if (fault !== undefined) return { kind: fault.kind, reason: `vector ${index} of ${vectors.length} ${fault.words}` }
  }
  return { kind: 'usable' }
}

function faultOf(vector: ArrayLike<number>, dimensions: number): { kind: VectorFault; words: string } | undefined {
  if (vector.length !== dimensions) {
    return { kind: 'wrong-length', words: `has ${vector.length} dimensions, not ${dimensions}` }
  }
  let isZero = true
  for (let index = 0; index < vector.length; index++) {
    // Rounded to 4 bytes, as it is stored: 1e300 would be infinite there, and 1e-60 nothing.
    const value = Math.fround(vector[index] ?? Number.NaN)
    if (!Number.isFinite(value)) return { kind: 'not-finite', words: `has no usable number at dimension ${index}` }
    if (value !== 0) isZero = false
  }
  return isZero ? { kind: 'all-zero', words: 'is all zero' } : undefined
}
