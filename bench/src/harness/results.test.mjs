import { expect, test } from 'vitest'
import { median, mediansOf } from './results.mjs'

test('the median is the one in the middle, or between the two there', () => {
  expect(median([3, 1, 2])).toBe(2)
  expect(median([4, 1, 2, 3])).toBe(2.5)
})

test('each number has a median of its own, also within, over the runs that have it', () => {
  const runs = [
    { rate: 10, cpu: { server: 1 }, at: 'first' },
    { rate: 30, cpu: { server: 3 }, at: 'second' },
    { rate: 20, cpu: { server: 2, postgres: 5 }, at: 'third' },
  ]
  expect(mediansOf(runs)).toEqual({ rate: 20, cpu: { server: 2, postgres: 5 }, at: 'third' })
})
