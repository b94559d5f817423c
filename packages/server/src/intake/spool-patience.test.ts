import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { StoredCallback } from '../store/callbacks.ts'
import { createPatience } from './spool-patience.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** `ask`: one more waits; `seen`: who has stopped waiting, and why. */
function setup() {
  const patience = createPatience({ limitMs: 500 })
  const seen: string[] = []
  function ask(name: string) {
    let take = () => {}
    let refuse = () => {}
    const storing = new Promise<StoredCallback>((resolve, reject) => {
      take = () => resolve({ id: name, fate: 'received' })
      refuse = () => reject(new Error('it is away'))
    })
    void patience.wait(storing).then(({ kind }) => seen.push(`${name}: ${kind}`))
    return { take, refuse }
  }
  return { patience, seen, ask }
}

describe('who waits for the database', () => {
  test('is late when that took nothing for so long', async () => {
    const { ask, seen } = setup()
    ask('one')
    await vi.advanceTimersByTimeAsync(490)
    expect(seen).toEqual([])
    await vi.advanceTimersByTimeAsync(20)
    expect(seen).toEqual(['one: late'])
  })

  test('goes on waiting as long as that takes what came before', async () => {
    const { ask, seen } = setup()
    const before = [ask('a'), ask('b'), ask('c')]
    const last = ask('last')
    for (const { take } of before) {
      await vi.advanceTimersByTimeAsync(400)
      take()
    }
    await vi.advanceTimersByTimeAsync(400)
    expect(seen).toEqual(['a: stored', 'b: stored', 'c: stored'])
    last.take()
    await vi.advanceTimersByTimeAsync(0)
    expect(seen.at(-1)).toBe('last: stored')
  })

  test('is late when that froze after it had taken something', async () => {
    const { ask, seen } = setup()
    const first = ask('first')
    ask('second')
    await vi.advanceTimersByTimeAsync(300)
    first.take()
    await vi.advanceTimersByTimeAsync(490)
    expect(seen).toEqual(['first: stored'])
    await vi.advanceTimersByTimeAsync(20)
    expect(seen).toEqual(['first: stored', 'second: late'])
  })

  test('is late in the end though others are taken: what it waits for may hang by itself', async () => {
    const { ask, seen } = setup()
    ask('hanging')
    for (let turn = 0; turn < 30; turn++) {
      const { take } = ask('other')
      await vi.advanceTimersByTimeAsync(100)
      take()
    }
    await vi.advanceTimersByTimeAsync(0)
    expect(seen.filter((name) => name === 'hanging: late')).toHaveLength(1)
    expect(seen.filter((name) => name === 'other: stored')).toHaveLength(30)
  })

  test('is not late for what this process had no time to read', async () => {
    const { ask, seen } = setup()
    const { take } = ask('one')
    // The timer is due first, and the answer is read after it, in the same round of the event loop.
    setTimeout(take, 500)
    await vi.advanceTimersByTimeAsync(600)
    expect(seen).toEqual(['one: stored'])
  })

  test('hears of what failed, and ends with all others when somebody says so', async () => {
    const { patience, ask, seen } = setup()
    const one = ask('one')
    ask('two')
    ask('three')
    one.refuse()
    await vi.advanceTimersByTimeAsync(0)
    patience.end()
    await vi.advanceTimersByTimeAsync(0)
    expect(seen).toEqual(['one: failed', 'two: late', 'three: late'])
    expect(vi.getTimerCount()).toBeLessThanOrEqual(1)
  })
})
