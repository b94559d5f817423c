import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type Completion, emptyLatency, observe } from '../core/latency.ts'
import { createTally } from './tally.ts'

const place = { source: 'parser', operation: 'parse' }
const age = fc.integer({ min: 1, max: 86_400_000 })
const completion: fc.Arbitrary<Completion> = fc.oneof(
  fc.record({ kind: fc.constant('exact' as const), afterMs: age }),
  fc.record({ kind: fc.constant('censored' as const), atMs: age }),
  fc.tuple(age, age).map(([one, other]) => ({
    kind: 'between' as const,
    fromMs: Math.min(one, other),
    toMs: Math.max(one, other),
  })),
)

it('comes to what one observation after the other comes to, also where a part was put back', () => {
  fc.assert(
    fc.property(fc.array(completion, { maxLength: 30 }), fc.nat(30), (completions, split) => {
      const tally = createTally()
      completions.forEach((each, index) => {
        if (index === split) tally.putBack(tally.take())
        tally.ended(place, each)
      })
      const [taken] = tally.take()
      const wanted = completions.reduce(observe, emptyLatency())
      const got = taken?.latency ?? emptyLatency()
      for (const part of ['events', 'atRisk'] as const) {
        got[part].forEach((amount, bin) => {
          expect(amount).toBeCloseTo(wanted[part][bin] ?? 0, 6)
        })
      }
      expect(taken?.observations ?? 0).toBe(completions.filter(({ kind }) => kind !== 'censored').length)
    }),
  )
})

it('hands over what it has once', () => {
  const tally = createTally()
  tally.callbacks(place, { lost: 1, arrived: 0 })
  expect(tally.take()).toMatchObject([{ ...place, loss: { lost: 1, arrived: 0 } }])
  expect(tally.take()).toEqual([])
})

it('learns nothing of more operations than it has room for', () => {
  const tally = createTally()
  for (let index = 0; index < 2_000; index++) {
    tally.ended({ source: 'any', operation: `operation-${index}` }, { kind: 'exact', afterMs: 1 })
  }
  expect(tally.take()).toHaveLength(1_000)
})
