import { describe, expect, it } from 'vitest'
import { createWatermark, SWEEP_EVERY_MS } from './watermark.ts'

const found = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    lane: 'job' as const,
    subject: `job_${index}`,
    fence: '1',
    seq: 0,
    lapses: 0,
  }))

describe('a watermark', () => {
  it('begins at the beginning, and looks there again after half a minute', () => {
    let now = 0
    const watermark = createWatermark({ ranks: [0], clock: () => now })
    expect(watermark.isSweepDue()).toBe(true)
    watermark.sweep([])
    expect(watermark.isSweepDue()).toBe(false)
    watermark.note({ nowMs: 100_000, found: [], last: null, nextMs: null }, 5)
    expect(watermark.reach()).toEqual([{ rank: 0, sinceMs: 95_000 }])
    now += SWEEP_EVERY_MS
    expect(watermark.isSweepDue()).toBe(true)
    watermark.sweep([3])
    expect(watermark.reach()).toEqual([
      { rank: 3, sinceMs: null },
      { rank: 0, sinceMs: null },
    ])
  })

  it('follows a full claim in the ranks that it saw, and only as far as it saw them', () => {
    const watermark = createWatermark({ ranks: [0, 1, 2] })
    watermark.note({ nowMs: 100_000, found: found(3), last: { rank: 1, dueMs: 50_000 }, nextMs: null }, 3)
    expect(watermark.reach()).toEqual([
      { rank: 2, sinceMs: 95_000 },
      { rank: 1, sinceMs: 45_000 },
      { rank: 0, sinceMs: null },
    ])
  })

  it('stays where it is while something due is locked by somebody', () => {
    const watermark = createWatermark({ ranks: [0] })
    watermark.note({ nowMs: 100_000, found: found(1), last: { rank: 0, dueMs: 40_000 }, nextMs: 0 }, 5)
    expect(watermark.reach()).toEqual([{ rank: 0, sinceMs: null }])
  })

  it('goes back with a clock that went back', () => {
    const watermark = createWatermark({ ranks: [0] })
    watermark.note({ nowMs: 100_000, found: [], last: null, nextMs: null }, 1)
    watermark.note({ nowMs: 40_000, found: [], last: null, nextMs: null }, 1)
    expect(watermark.reach()).toEqual([{ rank: 0, sinceMs: 35_000 }])
  })
})
