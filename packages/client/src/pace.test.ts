import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { realMachine, retryDelayMs } from './pace.ts'

describe('the pace of retries', () => {
  it('doubles up to ten seconds', () => {
    const longest = [1, 2, 3, 4, 5, 6, 7, 50].map((tried) => retryDelayMs(tried, undefined, 1))
    expect(longest).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000])
  })

  it('is never sooner than the server asked, up to a minute', () => {
    fc.assert(
      fc.property(
        fc.nat(20),
        fc.nat(200_000),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (tried, asked, random) => {
          const delay = retryDelayMs(tried, asked, random)
          return delay >= Math.min(asked, 60_000) && delay <= 60_000
        },
      ),
    )
  })

  it('stops resting when it is aborted', async () => {
    const stopped = realMachine.pause(60_000, AbortSignal.abort(new Error('enough')))
    await expect(stopped).rejects.toThrow('enough')
    const controller = new AbortController()
    const resting = realMachine.pause(60_000, controller.signal)
    controller.abort(new Error('enough of it'))
    await expect(resting).rejects.toThrow('enough of it')
  })
})
