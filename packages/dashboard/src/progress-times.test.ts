import { expect, test } from 'vitest'
import { progressTimes } from './progress-times.ts'

test('loops report a time, milliseconds, or a record that holds one; the latest comes first', () => {
  const progress = {
    checker: '2026-03-02T09:00:00Z',
    runner: { rounds: 7, lastRoundAt: '2026-03-02T09:00:05Z' },
    sweeper: Date.parse('2026-03-02T08:00:00Z'),
    idle: null,
    rounds: 12,
    note: 'none',
  }
  expect(progressTimes(progress)).toEqual([
    { loop: 'runner', at: '2026-03-02T09:00:05Z' },
    { loop: 'checker', at: '2026-03-02T09:00:00Z' },
    { loop: 'sweeper', at: '2026-03-02T08:00:00.000Z' },
  ])
})
