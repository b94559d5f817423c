import { expect, test } from 'vitest'
import { createServerClock } from './server-clock.ts'

const NOW = Date.parse('2026-03-02T09:00:00Z')

test('a browser that is minutes off shows the time of the server', () => {
  const clock = createServerClock(() => NOW)
  clock.observe('Mon, 02 Mar 2026 08:55:00 GMT')
  expect(clock.now()).toBe(NOW - 300_000)
})

test('a second is no disagreement, and neither is an answer without a date', () => {
  const clock = createServerClock(() => NOW)
  clock.observe('Mon, 02 Mar 2026 09:00:01 GMT')
  clock.observe(null)
  clock.observe('yesterday')
  expect(clock.now()).toBe(NOW)
})
