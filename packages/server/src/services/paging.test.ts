import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pageOf, time } from './paging.ts'

// What a Date can hold: 100 million days to either side of 1970.
const LAST_MS = 8.64e15

describe('a time', () => {
  it('is written as a Date writes it, whichever was written before', () => {
    const near = fc.integer({ min: 1_760_000_000_000, max: 1_760_000_009_999 })
    const anywhere = fc.integer({ min: -LAST_MS, max: LAST_MS })
    fc.assert(
      fc.property(fc.array(fc.oneof(near, anywhere, fc.double({ min: -1e6, max: 1e13, noNaN: true }))), (times) => {
        expect(times.map(time)).toEqual(times.map((ms) => new Date(ms).toISOString()))
        expect(times.map((ms) => time(new Date(ms)))).toEqual(times.map(time))
      }),
    )
  })

  it('that is none is refused', () => {
    expect(() => time(Number.NaN)).toThrow(RangeError)
    expect(() => time(new Date('soon'))).toThrow(RangeError)
  })
})

describe('a page', () => {
  it('names its last id where there may be more', () => {
    const rows = [{ id: 'b' }, { id: 'a' }]
    expect(pageOf(rows, 2, ({ id }) => id)).toEqual({ items: ['b', 'a'], nextCursor: 'a' })
    expect(pageOf(rows, 3, ({ id }) => id).nextCursor).toBeNull()
  })
})
