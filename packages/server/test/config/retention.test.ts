import { describe, expect, it } from 'vitest'
import { createWorkplace } from './workplace.ts'

const DAY = 86_400_000
const withRetention = (options: string) => createWorkplace({ 'becket.yaml': `retention: { ${options} }\n` })

describe('how long things are kept', () => {
  it('is in milliseconds, and each that is not said has its default', async () => {
    const { load } = await withRetention('callbacks: 60d, finished: 30d')
    expect((await load()).config.retention).toEqual({
      callbacksMs: 60 * DAY,
      claimsMs: 7 * DAY,
      evidenceMs: 90 * DAY,
      eventsMs: 90 * DAY,
      requestsMs: 7 * DAY,
      finishedMs: 30 * DAY,
      summariesMs: 365 * DAY,
      uploadsMs: 7 * DAY,
    })
  })

  it('is never so short that a repeat would name a callback that is gone, nor a summary shorter than its bulk', async () => {
    const { problems } = await withRetention('callbacks: 10d, finished: 400d')
    expect(await problems()).toEqual([
      expect.stringMatching(/^retention\.callbacks: is shorter than twice `retention\.claims`/),
      expect.stringMatching(/^retention\.summaries: is shorter than `retention\.finished`/),
    ])
  })

  it('has a least, below which partitions would be dropped that a slow clock still writes into', async () => {
    const { problems } = await withRetention('requests: 1d')
    expect(await problems()).toEqual([
      expect.stringMatching(/^retention\.requests: expected a duration.*at least 3d.*, but was `1d`/),
    ])
  })
})
