import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readVectors } from './vectors.ts'

function base64(vector: readonly number[]): string {
  const bytes = Buffer.alloc(vector.length * 4)
  for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, index * 4)
  return bytes.toString('base64')
}

test('vectors come out in the order of their texts, from base64 and from numbers', () => {
  const data = [
    { index: 2, embedding: [3, 4] },
    { index: 0, embedding: base64([0.5, -1]) },
    { index: 1, embedding: base64([1, 2]) },
  ]
  expect(readVectors(data, 3)).toEqual({
    kind: 'vectors',
    vectors: [
      [0.5, -1],
      [1, 2],
      [3, 4],
    ],
  })
})

test('every vector of 32-bit floats survives base64, in any order', () => {
  const vectors = fc.array(fc.array(fc.float({ noNaN: true }), { minLength: 1, maxLength: 8 }), {
    minLength: 1,
    maxLength: 20,
  })
  fc.assert(
    fc.property(vectors, fc.infiniteStream(fc.nat()), (expected, luck) => {
      const data = expected.map((vector, index) => ({ index, embedding: base64(vector), rank: luck.next().value }))
      data.sort((left, right) => (left.rank ?? 0) - (right.rank ?? 0))
      expect(readVectors(data, expected.length)).toEqual({ kind: 'vectors', vectors: expected })
    }),
  )
})

test.each<[string, unknown, RegExp]>([
  ['no list', { data: [] }, /no list/],
  ['one too few', [{ index: 0, embedding: [1] }], /2 texts were sent, 1/],
  [
    'one twice',
    [
      { index: 0, embedding: [1] },
      { index: 0, embedding: [1] },
    ],
    /two vectors/,
  ],
  [
    'an index beyond',
    [
      { index: 0, embedding: [1] },
      { index: 2, embedding: [1] },
    ],
    /no index/,
  ],
  ['no index', [{ index: 0, embedding: [1] }, { embedding: [1] }], /no index/],
  ['nothing', [{ index: 0, embedding: [1] }, null], /no index/],
  [
    'words',
    [
      { index: 0, embedding: ['a'] },
      { index: 1, embedding: [1] },
    ],
    /neither numbers nor base64/,
  ],
  [
    'cut base64',
    [
      { index: 0, embedding: 'AAAA' },
      { index: 1, embedding: [1] },
    ],
    /neither numbers nor base64/,
  ],
])('%s is refused whole', (_, data, reason) => {
  expect(readVectors(data, 2)).toEqual({ kind: 'unusable', reason: expect.stringMatching(reason) })
})
