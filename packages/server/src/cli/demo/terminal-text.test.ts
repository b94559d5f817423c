import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  createPaint,
  fit,
  fitName,
  formatBytes,
  formatDuration,
  visible,
  wantsColour,
  widthOf,
  wrap,
} from './terminal-text.ts'

test('whatever a name holds, it is fitted to exactly its cells', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), fc.integer({ min: 2, max: 50 }), (text, cells) => {
      expect(widthOf(fit(text, cells))).toBe(cells)
      expect(widthOf(fitName(text, cells))).toBe(cells)
    }),
  )
})

test('a long name keeps its start and its extension', () => {
  expect(fitName('minutes-of-the-meeting-in-november.pdf', 20)).toBe('minutes-of-th…er.pdf')
})

test('Chinese characters take two cells, combining marks none', () => {
  expect(widthOf('气象.pdf')).toBe(8)
  expect(widthOf('e\u0301')).toBe(1)
  expect(fit('气象站', 4)).toBe('气… ')
})

test('a control character or a turn of direction in a file name does not reach the terminal', () => {
  expect(visible('a\u001b[2Jb\nc\u202efdp')).toBe('a?[2Jb?c?fdp')
})

test('colours need a terminal and no NO_COLOR', () => {
  expect(wantsColour(true, {})).toBe(true)
  expect(wantsColour(true, { NO_COLOR: '' })).toBe(true)
  expect(wantsColour(true, { NO_COLOR: '1' })).toBe(false)
  expect(wantsColour(true, { TERM: 'dumb' })).toBe(false)
  expect(wantsColour(false, {})).toBe(false)
  expect(createPaint(true)('bad', 'x')).toBe('\u001b[31mx\u001b[39m')
  expect(createPaint(false)('bad', 'x')).toBe('x')
})

test('sizes take at most eight characters and are never rounded up to 1000', () => {
  expect([0, 999, 1000, 7247, 99_960, 999_400, 999_700, 10_500_021].map(formatBytes)).toEqual([
    '0 B',
    '999 B',
    '1.0 kB',
    '7.2 kB',
    '100 kB',
    '999 kB',
    '1.0 MB',
    '10.5 MB',
  ])
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 999_000_000_000_000 }), (bytes) => {
      expect(formatBytes(bytes).length).toBeLessThanOrEqual(8)
      expect(formatBytes(bytes)).not.toMatch(/^1000 /)
    }),
  )
})

test('times take at most eight characters and never show 60 seconds', () => {
  expect([0, 999, 1000, 59_949, 59_950, 61_000, 3_599_600, 3_600_000].map(formatDuration)).toEqual([
    '0 ms',
    '999 ms',
    '1.0 s',
    '59.9 s',
    '1m 0s',
    '1m 1s',
    '1h 0m',
    '1h 0m',
  ])
  fc.assert(
    fc.property(fc.double({ min: 0, max: 99 * 3_600_000, noNaN: true }), (ms) => {
      expect(formatDuration(ms).length).toBeLessThanOrEqual(8)
      expect(formatDuration(ms)).not.toMatch(/(^|\s)(60(\.0)? ?s|60m)/)
    }),
  )
})

test('wrapping keeps every word and no line grows too long', () => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[a-z]{1,9}$/), { maxLength: 30 }), (words) => {
      const lines = wrap(words.join(' '), 12)
      expect(lines.join(' ')).toBe(words.join(' '))
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(12)
    }),
  )
})
