import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decayedLoss, emptyLoss, lossRate, mergedLoss } from './loss.ts'

const weight = fc.double({ min: 0, max: 1e6, noNaN: true })
const counts = fc.record({ lost: weight, arrived: weight })

describe('the share of callbacks that are lost', () => {
  it('is a twentieth before anything was seen', () => {
    expect(lossRate(emptyLoss())).toBe(0.05)
  })

  it('comes to what was seen', () => {
    expect(lossRate({ lost: 120, arrived: 880 })).toBeCloseTo(0.12, 2)
    expect(lossRate({ lost: 1000, arrived: 0 })).toBeGreaterThan(0.99)
  })

  it('is believed of the provider while little was seen of the source', () => {
    const provider = { lost: 400, arrived: 600 }
    expect(lossRate(emptyLoss(), provider)).toBeCloseTo(0.4, 1)
    expect(lossRate({ lost: 0, arrived: 1000 }, provider)).toBeLessThan(0.01)
  })

  it('is a share, never none, and rises with what is lost', () => {
    fc.assert(
      fc.property(counts, fc.option(counts), weight, ({ lost, arrived }, prior, more) => {
        const rate = lossRate({ lost, arrived }, prior)
        expect(rate).toBeGreaterThan(0)
        expect(rate).toBeLessThanOrEqual(1)
        expect(lossRate({ lost: lost + more, arrived }, prior)).toBeGreaterThanOrEqual(rate - 1e-12)
      }),
    )
  })

  it('follows a source whose callbacks stop, once the old ones have faded', () => {
    const before = decayedLoss({ lost: 0, arrived: 1000 }, 0.01)
    expect(lossRate(mergedLoss([before, { lost: 30, arrived: 0 }]))).toBeGreaterThan(0.5)
  })
})
