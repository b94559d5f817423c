import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type PaceState, pausePace, restedPace, takeTurn } from './pace.ts'

const rate = { perSecond: 5, burst: 2 }
const eager = { cost: 1, patienceMs: 0 }

function take(pace: PaceState, nowMs: number, asked = eager) {
  return takeTurn(pace, rate, asked, nowMs)
}

test('a burst goes at once, and the next waits for its turn', () => {
  const one = take(restedPace, 1_000)
  const two = take(one.next, 1_000)
  const three = take(two.next, 1_000)
  expect([one.turn, two.turn, three.turn]).toEqual([
    { granted: true, waitMs: 0 },
    { granted: true, waitMs: 0 },
    { granted: false, waitMs: 200 },
  ])
  expect(three.next).toBe(two.next)
  expect(take(two.next, 1_200).turn).toEqual({ granted: true, waitMs: 0 })
})

test('who has patience is given a later turn, each behind the one before', () => {
  let pace = restedPace
  const waits = Array.from({ length: 5 }, () => {
    const { turn, next } = take(pace, 0, { cost: 1, patienceMs: 2_000 })
    pace = next
    return turn.waitMs
  })
  expect(waits).toEqual([0, 0, 200, 400, 600])
})

test('a pause holds everybody back, also who has no rate, and is never shortened', () => {
  const paused = pausePace(pausePace(restedPace, 30_000, 1_000), 5_000, 2_000)
  expect(take(paused, 2_000).turn).toEqual({ granted: false, waitMs: 29_000 })
  expect(takeTurn(paused, null, eager, 2_000).turn).toEqual({ granted: false, waitMs: 29_000 })
  expect(takeTurn(paused, null, eager, 31_000).turn).toEqual({ granted: true, waitMs: 0 })
  // When it ends, the burst goes and not everybody.
  const one = take(paused, 31_000)
  expect(take(take(one.next, 31_000).next, 31_000).turn.granted).toBe(false)
})

test('what costs more than a burst goes all the same, and is paid for afterwards', () => {
  const big = take(restedPace, 10_000, { cost: 10, patienceMs: 0 })
  expect(big.turn).toEqual({ granted: true, waitMs: 0 })
  expect(take(big.next, 10_000).turn).toEqual({ granted: false, waitMs: 1_800 })
})

test('no stretch of time sees more turns than the rate and one burst allow', () => {
  const asking = fc.record({
    afterMs: fc.integer({ min: 0, max: 400 }),
    patienceMs: fc.integer({ min: 0, max: 3_000 }),
  })
  fc.assert(
    fc.property(fc.array(asking, { maxLength: 100 }), (steps) => {
      let pace = restedPace
      let nowMs = 1_000
      const turns: number[] = []
      for (const { afterMs, patienceMs } of steps) {
        nowMs += afterMs
        const { turn, next } = take(pace, nowMs, { cost: 1, patienceMs })
        pace = next
        if (turn.granted) turns.push(nowMs + turn.waitMs)
      }
      turns.sort((one, other) => one - other)
      for (const [index, from] of turns.entries()) {
        for (const [further, until] of turns.slice(index).entries()) {
          // One more for the millisecond that a wait is rounded up to.
          expect(further + 1).toBeLessThanOrEqual(rate.burst + ((until - from + 1) * rate.perSecond) / 1000)
        }
      }
    }),
  )
})
