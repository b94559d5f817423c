import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type EmbeddingInput, hashedVector } from './vector.ts'

const near = (a: EmbeddingInput, b: EmbeddingInput) => {
  const [left, right] = [hashedVector(a, 1536), hashedVector(b, 1536)]
  return left.reduce((sum, value, index) => sum + value * (right[index] ?? 0), 0)
}

test('any input has a vector of length 1, the same each time', () => {
  const input = fc.oneof(fc.string({ minLength: 1, unit: 'grapheme' }), fc.array(fc.nat(), { minLength: 1 }))
  fc.assert(
    fc.property(input, fc.constantFrom(1, 2, 8, 256, 1536), (text, dimensions) => {
      const vector = hashedVector(text, dimensions)
      expect(vector).toHaveLength(dimensions)
      expect(Math.hypot(...vector)).toBeCloseTo(1, 4)
      expect(hashedVector(text, dimensions)).toEqual(vector)
    }),
  )
})

test('texts that share words are nearer than texts that share none', () => {
  expect(near('a rope with an eye', 'a rope with two eyes')).toBeGreaterThan(
    near('a rope with an eye', 'Поезд приходит'),
  )
  expect(near('山间小站', '山间小站')).toBeCloseTo(1, 5)
})
