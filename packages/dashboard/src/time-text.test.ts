import fc from 'fast-check'
import { expect, test } from 'vitest'
import { absoluteText, durationText, relativeText } from './time-text.ts'

const NOW = Date.parse('2026-03-02T09:00:00Z')

test('a duration is told in its two largest units', () => {
  expect([0, 999, 1000, 61_000, 3_600_000, 3_660_000, 90_000_000].map(durationText)).toEqual([
    '0 s',
    '0 s',
    '1 s',
    '1 min 1 s',
    '1 h',
    '1 h 1 min',
    '1 d 1 h',
  ])
})

test('no duration is ever negative', () => {
  fc.assert(
    fc.property(fc.integer({ min: -1e12, max: 1e12 }), (ms) => {
      expect(durationText(ms)).not.toContain('-')
    }),
  )
})

test('a time is told as past, present or to come', () => {
  expect(relativeText('2026-03-02T08:59:00Z', NOW)).toBe('1 min ago')
  expect(relativeText('2026-03-02T09:00:00.400Z', NOW)).toBe('now')
  expect(relativeText('2026-03-02T11:00:05+02:00', NOW)).toBe('in 5 s')
})

test('what is no time is shown as it is', () => {
  expect(relativeText('soon', NOW)).toBe('soon')
  expect(absoluteText('soon')).toBe('soon')
})

test('the absolute time holds UTC, as the logs have it', () => {
  expect(absoluteText('2026-03-02T09:00:00Z')).toContain('2026-03-02T09:00:00.000Z')
})
