import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createDice } from './dice.ts'
import { distributionSchema, sampleMs } from './distribution.ts'
import { createLuck } from './luck.ts'

test('a throw depends on the seed, the operation, the question and the work, and on nothing else', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.string(), fc.string(), (seed, operation, question, key) => {
      const once = createDice(seed).roll(operation, question, key)
      const busy = createDice(seed)
      busy.roll('other', 'work', 'first')
      expect(busy.roll(operation, question, key)).toBe(once)
      expect(once).toBeGreaterThanOrEqual(0)
      expect(once).toBeLessThan(1)
    }),
  )
})

test('parts that join to the same text are different questions', () => {
  const dice = createDice(1)
  expect(dice.roll('ab', 'c', 'd')).not.toBe(dice.roll('a', 'bc', 'd'))
  expect(createDice('1').roll('a', 'b', 'c')).toBe(createDice(1).roll('a', 'b', 'c'))
})

test('a rate of 0.4 strikes about four works in ten', () => {
  const dice = createDice(3)
  const struck = Array.from({ length: 2_000 }, (_, index) =>
    createLuck({ dice, operation: 'parse', work: `file ${index}`, attempt: 1 }).strikes('loss', { rate: 0.4 }),
  ).filter(Boolean).length
  // Five standard deviations to each side of 800.
  expect(struck).toBeGreaterThan(690)
  expect(struck).toBeLessThan(910)
})

test('a rate of 1 always strikes, 0 never, and attempts beyond the limit are spared', () => {
  const luck = (attempt: number) => createLuck({ dice: createDice(1), operation: 'parse', work: 'w', attempt })
  expect(luck(1).strikes('loss', { rate: 1 })).toBe(true)
  expect(luck(1).strikes('loss', { rate: 0 })).toBe(false)
  expect(luck(1).strikes('loss', undefined)).toBe(false)
  expect(luck(2).strikes('hang', { rate: 1, attempts: 2 })).toBe(true)
  expect(luck(3).strikes('hang', { rate: 1, attempts: 2 })).toBe(false)
})

test('a sample keeps within what its distribution promises', () => {
  const unit = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
  fc.assert(
    fc.property(unit, unit, fc.nat(5_000), fc.nat(5_000), fc.nat(50), (first, second, a, b, tenths) => {
      const [minMs, maxMs] = a <= b ? [a, b] : [b, a]
      const uniform = sampleMs({ kind: 'uniform', minMs, maxMs }, [first, second])
      expect(uniform).toBeGreaterThanOrEqual(minMs)
      expect(uniform).toBeLessThanOrEqual(maxMs)
      const long = sampleMs({ kind: 'lognormal', medianMs: a, sigma: tenths / 10, maxMs: 9_000 }, [first, second])
      expect(long).toBeGreaterThanOrEqual(0)
      expect(long).toBeLessThanOrEqual(9_000)
    }),
  )
})

test('a lognormal time is under its median half of the time', () => {
  const dice = createDice(5)
  const distribution = distributionSchema.parse({ kind: 'lognormal', medianMs: 1_000, sigma: 1 })
  const under = Array.from({ length: 1_000 }, (_, index) =>
    createLuck({ dice, operation: 'parse', work: String(index), attempt: 1 }).ms('delay', distribution),
  ).filter((ms) => ms < 1_000).length
  expect(under).toBeGreaterThan(420)
  expect(under).toBeLessThan(580)
})

test('a number is a fixed time', () => {
  expect(sampleMs(distributionSchema.parse(250), [0.9, 0.1])).toBe(250)
})
