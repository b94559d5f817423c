import { expect, test } from 'vitest'
import { freshnessOf, STALE_AFTER_MS } from './freshness.ts'

const pulse = { answeredAt: 1000, isFailing: false, isPaused: false }

test('an answer is live until three rounds were missed, then stale', () => {
  expect(freshnessOf(pulse, 1000 + STALE_AFTER_MS)).toBe('live')
  expect(freshnessOf(pulse, 1001 + STALE_AFTER_MS)).toBe('stale')
})

test('a failing server is away, paused or not, answered before or not', () => {
  expect(freshnessOf({ ...pulse, isFailing: true, isPaused: true }, 1000)).toBe('away')
  expect(freshnessOf({ answeredAt: null, isFailing: true, isPaused: false }, 1000)).toBe('away')
})

test('a pause is said rather than called stale', () => {
  expect(freshnessOf({ ...pulse, isPaused: true }, 1e9)).toBe('paused')
})

test('before the first answer the page is connecting', () => {
  expect(freshnessOf({ ...pulse, answeredAt: null }, 1e9)).toBe('connecting')
})
