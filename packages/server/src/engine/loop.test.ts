import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { silentLog } from '../observe/log.ts'
import { createLoop, isHung, isStuck } from './loop.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

it('that fails for minutes is stuck and yet alive: what it depends on may be away', async () => {
  let isAway = false
  const loop = createLoop({
    name: 'test',
    pauseMs: 1_000,
    log: silentLog,
    async round() {
      if (isAway) throw new Error('the database is away')
      return undefined
    },
  })
  await loop.start()
  await vi.advanceTimersByTimeAsync(5_000)
  expect([isStuck(loop.health()), isHung(loop.health())]).toEqual([false, false])
  isAway = true
  for (let minute = 0; minute < 10; minute++) {
    await vi.advanceTimersByTimeAsync(60_000)
    expect(isHung(loop.health())).toBe(false)
  }
  expect(isStuck(loop.health())).toBe(true)
  await loop.stop()
})

it('whose round never ends is not alive', async () => {
  const loop = createLoop({ name: 'test', pauseMs: 1_000, log: silentLog, round: () => new Promise(() => {}) })
  await loop.start()
  await vi.advanceTimersByTimeAsync(90_000)
  expect(isHung(loop.health())).toBe(true)
})

it('that gets on is neither stuck nor hung when the clock of the machine jumps', async () => {
  const loop = createLoop({ name: 'test', pauseMs: 60_000, log: silentLog, round: async () => undefined })
  await loop.start()
  await vi.advanceTimersByTimeAsync(1_000)
  vi.setSystemTime(Date.now() + 3_600_000)
  expect([isStuck(loop.health()), isHung(loop.health())]).toEqual([false, false])
  await loop.stop()
})

it('whose round never ends is not alive, though the clock of the machine went back', async () => {
  const loop = createLoop({ name: 'test', pauseMs: 1_000, log: silentLog, round: () => new Promise(() => {}) })
  await loop.start()
  vi.setSystemTime(Date.now() - 3_600_000)
  await vi.advanceTimersByTimeAsync(90_000)
  expect(isHung(loop.health())).toBe(true)
})
