import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createThrottle } from './throttle.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function setup() {
  const sent: string[] = []
  const throttle = createThrottle({
    intervalMs: 50,
    send: async (key) => void sent.push(`${key}@${performance.now()}`),
  })
  const zero = performance.now()
  return { throttle, sent: () => sent.map((entry) => entry.replace(/@(.*)/, (_, at) => `@${Number(at) - zero}`)) }
}

test('a key passes at once, and once more at the end of its interval however often it was asked', () => {
  const { throttle, sent } = setup()
  for (let call = 0; call < 10; call++) throttle.ask('a')
  throttle.ask('b')
  vi.advanceTimersByTime(49)
  expect(sent()).toEqual(['a@0', 'b@0'])
  vi.advanceTimersByTime(200)
  expect(sent()).toEqual(['a@0', 'b@0', 'a@50'])
  throttle.ask('a')
  expect(sent().at(-1)).toBe('a@249')
})

test('asked without end, a key passes once an interval', () => {
  const { throttle, sent } = setup()
  for (let at = 0; at < 1_000; at++) {
    throttle.ask('a')
    vi.advanceTimersByTime(1)
  }
  expect(sent()).toHaveLength(21)
})

test('nothing passes after the end', () => {
  const { throttle, sent } = setup()
  throttle.ask('a')
  throttle.ask('a')
  throttle.stop()
  throttle.ask('b')
  vi.advanceTimersByTime(1_000)
  expect(sent()).toEqual(['a@0'])
})
