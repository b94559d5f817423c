import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createShowing } from './showing.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function setup() {
  const log: string[] = []
  let looked = () => {}
  const showing = createShowing({
    see: (piece) =>
      new Promise<void>((resolve) => {
        log.push(`see ${piece}`)
        looked = resolve
      }),
    idleMs: 1000,
    pause: () => void log.push('pause'),
    resume: () => void log.push('resume'),
    idle: () => void log.push('idle'),
    thrown: () => void log.push('thrown'),
  })
  const looks = async () => {
    looked()
    await vi.advanceTimersByTimeAsync(0)
  }
  return { log, showing, looks }
}

test('the time spent looking at a piece is not silence of the sender', async () => {
  const { log, showing, looks } = setup()
  showing.show(Buffer.from('a'))
  await vi.advanceTimersByTimeAsync(5000)
  expect(log).toEqual(['pause', 'see a'])
  await looks()
  await vi.advanceTimersByTimeAsync(999)
  expect(log).toEqual(['pause', 'see a', 'resume'])
  await vi.advanceTimersByTimeAsync(1)
  expect(log.at(-1)).toBe('idle')
})

test('pieces that were on their way when the sender was held back are shown one after the other', async () => {
  const { log, showing, looks } = setup()
  for (const piece of ['a', 'b']) showing.show(Buffer.from(piece))
  showing.afterLast(() => log.push('done'))
  await vi.advanceTimersByTimeAsync(0)
  expect(log).toEqual(['pause', 'pause', 'see a'])
  await looks()
  expect(log.at(-1)).toBe('see b')
  await looks()
  expect(log.slice(-2)).toEqual(['resume', 'done'])
})

test('what was ended shows nothing more and falls silent', async () => {
  const { log, showing, looks } = setup()
  for (const piece of ['a', 'b']) showing.show(Buffer.from(piece))
  await vi.advanceTimersByTimeAsync(0)
  showing.end()
  showing.afterLast(() => log.push('done'))
  await looks()
  await vi.advanceTimersByTimeAsync(5000)
  expect(log).toEqual(['pause', 'pause', 'see a'])
})
