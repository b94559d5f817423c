import { expect, it } from 'vitest'
import { readRange } from './byte-range.ts'

it.each<[string | undefined, number, ReturnType<typeof readRange>]>([
  [undefined, 10, null],
  ['bytes=0-0', 10, { first: 0, last: 0 }],
  ['bytes=2-', 10, { first: 2, last: 9 }],
  ['bytes=2-99', 10, { first: 2, last: 9 }],
  ['bytes=-3', 10, { first: 7, last: 9 }],
  ['bytes=-99', 10, { first: 0, last: 9 }],
  ['bytes=10-', 10, 'unsatisfiable'],
  ['bytes=-0', 10, 'unsatisfiable'],
  ['bytes=0-', 0, 'unsatisfiable'],
  ['bytes=5-2', 10, null],
  ['bytes=0-1,4-5', 10, null],
  ['lines=0-1', 10, null],
  ['bytes=-', 10, null],
])('%s of %d bytes', (header, bytes, range) => {
  expect(readRange(header, bytes)).toEqual(range)
})
