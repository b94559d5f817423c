import fc from 'fast-check'
import { expect, it } from 'vitest'
import { formatByteSize, parseByteSize } from './byte-size.ts'

it('reads the units that people write', () => {
  expect(['10 MiB', '512KiB', '1 kb', '1.5 MB', '7', ' 3 B '].map(parseByteSize)).toEqual([
    10_485_760, 524_288, 1000, 1_500_000, 7, 3,
  ])
})

it('refuses what is no size', () => {
  expect(['', 'ten', '-1', '1 XB', '1.3', '9999999999 GiB', '1e3'].map(parseByteSize)).toEqual(Array(7).fill(null))
})

it('reads back what it writes', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 50 }), (bytes) => {
      expect(parseByteSize(formatByteSize(bytes))).toBe(bytes)
    }),
  )
})
