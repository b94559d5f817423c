import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createHistogram } from './histogram.mjs'

test('a quantile is that of the times themselves, to one per cent', () => {
  const times = fc.array(fc.double({ min: 0.01, max: 500_000, noNaN: true }), { minLength: 1, maxLength: 200 })
  fc.assert(
    fc.property(times, fc.constantFrom(0.5, 0.9, 0.99, 1), (all, part) => {
      const histogram = createHistogram()
      for (const time of all) histogram.add(time)
      const exact = [...all].sort((a, b) => a - b)[Math.ceil(all.length * part) - 1]
      expect(histogram.quantile(part) / exact).toBeGreaterThan(0.999)
      expect(histogram.quantile(part) / exact).toBeLessThan(1.0101)
    }),
  )
})

test('nothing added has no time, and what is beyond all bins counts as the longest', () => {
  const histogram = createHistogram()
  expect(histogram.quantile(0.5)).toBe(0)
  histogram.add(10_000_000)
  expect(histogram.count()).toBe(1)
  expect(histogram.quantile(1)).toBeLessThanOrEqual(histogram.max())
})
