import { describe, expect, it } from 'vitest'
import { restedPace, takeTurn } from '../core/pace.ts'
import type { PaceGate, PaceLimit } from '../core/pace-gate.ts'
import { createCheckBudgets } from './check-budgets.ts'

/** A budget on a clock that is moved by hand. */
function setup(perMinute: number | null) {
  let nowMs = 0
  let state = restedPace
  const pace = (_name: string, limit: PaceLimit): PaceGate => ({
    async take(cost = 1, patienceMs = 0) {
      const { turn, next } = takeTurn(state, limit, { cost, patienceMs }, nowMs)
      state = next
      return turn
    },
    pause: async () => {},
  })
  const budgets = createCheckBudgets({ perMinuteOf: () => perMinute, pace, random: () => 0.5, clock: () => nowMs })
  return {
    budgets,
    pass: (ms: number) => {
      nowMs += ms
    },
  }
}

describe('a budget of checks', () => {
  it('lets a few go at once, and puts off the rest for longer the more there are', async () => {
    const { budgets } = setup(60)
    const waits: number[] = []
    for (let check = 0; check < 100; check++) waits.push(await budgets.take('parser'))
    expect(waits.filter((wait) => wait === 0)).toHaveLength(6)
    const put = waits.filter((wait) => wait > 0)
    expect(put.at(-1)).toBeGreaterThan(20_000)
    expect(put[0]).toBeLessThan(put.at(-1) ?? 0)
  })

  it('comes to no more than its number a minute, and drops nobody', async () => {
    const { budgets, pass } = setup(60)
    const dueAt = Array.from({ length: 200 }, () => 0)
    let nowMs = 0
    const askedAt: number[] = []
    while (dueAt.length > 0 && nowMs < 3_600_000) {
      dueAt.sort((one, other) => one - other)
      const due = dueAt.shift() ?? 0
      pass(Math.max(0, due - nowMs))
      nowMs = Math.max(nowMs, due)
      const waitMs = await budgets.take('parser')
      if (waitMs === 0) askedAt.push(nowMs)
      else dueAt.push(nowMs + waitMs)
    }
    expect(askedAt).toHaveLength(200)
    for (const from of askedAt) {
      const within = askedAt.filter((at) => at >= from && at < from + 60_000)
      expect(within.length).toBeLessThanOrEqual(60 + 6)
    }
    // Not much slower than the budget allows.
    expect(askedAt.at(-1)).toBeLessThan(2 * 200_000)
  })

  it('makes checks dearer as it is used up, and cheap again after a rest', async () => {
    const { budgets, pass } = setup(60)
    expect(budgets.pressure('parser')).toBe(1)
    for (let check = 0; check < 120; check++) await budgets.take('parser')
    expect(budgets.pressure('parser')).toBeGreaterThan(4)
    pass(120_000)
    expect(budgets.pressure('parser')).toBe(1)
  })

  it('holds nobody back where there is none', async () => {
    const { budgets } = setup(null)
    for (let check = 0; check < 100; check++) expect(await budgets.take('parser')).toBe(0)
    expect(budgets.pressure('parser')).toBe(1)
  })
})
