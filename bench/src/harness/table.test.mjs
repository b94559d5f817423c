import { expect, test } from 'vitest'
import { show, tableOf } from './table.mjs'

test('numbers stand to the right, texts to the left, and what was not measured is a dash', () => {
  const columns = [
    { name: 'who', value: ({ who }) => who },
    { name: 'per second', value: ({ rate }) => rate, digits: 0 },
  ]
  const rows = [{ who: 'becket', rate: 1234.4 }, { who: 'it' }]
  expect(tableOf(columns, rows).split('\n')).toEqual([
    'who     per second', //
    'becket       1,234',
    'it               -',
  ])
})

test.each([
  [0.1234, '0.12'],
  [12.34, '12.3'],
  [1234, '1,234'],
  [1234567, '1,234,567'],
  [Number.NaN, '-'],
  [undefined, '-'],
])('%s is shown as %s', (value, text) => {
  expect(show(value)).toBe(text)
})
