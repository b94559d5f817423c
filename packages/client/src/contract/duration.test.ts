import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { durationSchema, MAX_DURATION_MS, parseDuration } from './duration.ts'

describe('a duration', () => {
  it('is read with its unit, or as milliseconds', () => {
    const read = ['500ms', '30s', '5m', '1.5h', '24h', '7d', '1h30m', '250', ' 5m '].map(parseDuration)
    expect(read).toEqual([500, 30_000, 300_000, 5_400_000, 86_400_000, 604_800_000, 5_400_000, 250, 300_000])
    expect(durationSchema.parse(1_000)).toBe(1_000)
  })

  it('is refused in words that say what is wanted', () => {
    for (const rubbish of [
      '',
      '5 parsecs',
      '-5m',
      'm',
      '5m5',
      '5m1h',
      '5m5m',
      'constructor',
      '5toString',
      '9999d',
      '1e3s',
    ]) {
      expect(parseDuration(rubbish), rubbish).toBeNull()
    }
    const refused = durationSchema.safeParse(-1)
    expect(refused.error?.issues[0]?.message).toContain('Expected a duration such as')
  })

  it('never gives anything but a whole number within bounds, whatever the text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^\d{1,12}(\.\d{1,3})?(ms|s|m|h|d)?$/)), (text) => {
        const ms = parseDuration(text)
        return ms === null || (Number.isInteger(ms) && ms >= 0 && ms <= MAX_DURATION_MS)
      }),
    )
  })
})
