import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readRetryAfter } from './retry-after.ts'

const NOW_MS = Date.parse('2026-11-22T12:00:00Z')

test.each([
  ['0', 0],
  ['7', 7_000],
  [' 2 ', 2_000],
  ['1.5', 1_500],
  ['Sun, 22 Nov 2026 12:00:30 GMT', 30_000],
  ['Sun, 22 Nov 2026 11:59:00 GMT', 0],
  ['99999999', 86_400_000],
])('%j asks for %d ms', (header, expected) => {
  expect(readRetryAfter(header, NOW_MS)).toBe(expected)
})

test.each([undefined, '', 'soon', '-5', 'NaN', '1e9', 'Sunday'])('%j says nothing', (header) => {
  expect(readRetryAfter(header, NOW_MS)).toBeNull()
})

test('no header makes a wait that is negative, endless or not a number', () => {
  fc.assert(
    fc.property(fc.string(), (header) => {
      const waitMs = readRetryAfter(header, NOW_MS)
      expect(waitMs === null || (waitMs >= 0 && waitMs <= 86_400_000)).toBe(true)
    }),
  )
})
