import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkVectors } from './embedding-check.ts'

const expected = { count: 2, dimensions: 3 }
const good = [0.1, -0.2, 0.3]

describe('the check of embeddings', () => {
  it('passes what was asked for', () => {
    expect(checkVectors([good, Float32Array.from(good)], expected)).toEqual({ kind: 'usable' })
  })

  it.each([
    ['too few vectors', [good], 'wrong-count', '2 vectors were asked for, 1 came'],
    ['too many vectors', [good, good, good], 'wrong-count', '2 vectors were asked for, 3 came'],
    ['a short vector', [good, [1, 2]], 'wrong-length', 'vector 1 of 2 has 2 dimensions, not 3'],
    ['an empty vector', [[], good], 'wrong-length', 'vector 0 of 2 has 0 dimensions, not 3'],
    ['a zero vector', [good, [0, -0, 0]], 'all-zero', 'vector 1 of 2 is all zero'],
    ['a vector that is zero once stored', [[1e-60, 0, 0], good], 'all-zero', 'vector 0 of 2 is all zero'],
    ['NaN', [good, [1, Number.NaN, 1]], 'not-finite', 'vector 1 of 2 has no usable number at dimension 1'],
    [
      'infinity',
      [good, [Number.POSITIVE_INFINITY, 1, 1]],
      'not-finite',
      'vector 1 of 2 has no usable number at dimension 0',
    ],
    [
      'more than 4 bytes hold',
      [good, [1, 1, 1e300]],
      'not-finite',
      'vector 1 of 2 has no usable number at dimension 2',
    ],
  ])('names %s', (_, vectors, kind, reason) => {
    expect(checkVectors(vectors, expected)).toEqual({ kind, reason })
  })

  it('never passes a batch with a single bad number in it', () => {
    const bad = fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY)
    fc.assert(
      fc.property(fc.nat({ max: 7 }), fc.nat({ max: 15 }), bad, (vector, dimension, value) => {
        const vectors = Array.from({ length: 8 }, () => Array.from({ length: 16 }, (_, index) => index + 1))
        vectors[vector]?.splice(dimension, 1, value)
        expect(checkVectors(vectors, { count: 8, dimensions: 16 }).kind).toBe('not-finite')
      }),
    )
  })
})
