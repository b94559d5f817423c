import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createProgressSlots } from './progress-slots.ts'
import { hasEnded, type ProgressStatus } from './work-progress.ts'

test('a document that ended stays on its line while there is room for all', () => {
  const slots = createProgressSlots(['a', 'b'], 5)
  expect(slots.update('a', 'complete')).toEqual([])
  expect(slots.lines).toEqual(['a', 'b'])
})

test('a document that ended makes room for one that is under way, before one that still waits', () => {
  const slots = createProgressSlots(['a', 'b', 'c', 'd'], 2)
  slots.update('d', 'parsed')
  expect(slots.update('a', 'failed_parse')).toEqual(['a'])
  expect(slots.lines).toEqual(['d', 'b'])
})

test('a repeated status, one after the end, and one of an unknown file change nothing', () => {
  const slots = createProgressSlots(['a'], 1)
  slots.update('a', 'complete')
  expect(slots.update('a', 'complete')).toBeNull()
  expect(slots.update('a', 'parsed')).toBeNull()
  expect(slots.update('z', 'parsed')).toBeNull()
  expect(slots.statusOf('a')).toBe('complete')
})

test('in any order, each document is on a line, printed above, or hidden and not ended; never two of these', () => {
  const files = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
  const status = fc.constantFrom<ProgressStatus>('uploading', 'parsed', 'complete', 'refused', 'failed_parse')
  const changes = fc.array(fc.tuple(fc.constantFrom(...files), status), { maxLength: 60 })
  fc.assert(
    fc.property(changes, fc.integer({ min: 1, max: 8 }), (steps, lineCount) => {
      const slots = createProgressSlots(files, lineCount)
      const above: string[] = []
      for (const [file, next] of steps) above.push(...(slots.update(file, next) ?? []))
      expect(slots.lines.length).toBe(Math.min(lineCount, files.length))
      expect(new Set([...above, ...slots.lines]).size).toBe(above.length + slots.lines.length)
      for (const file of files) {
        if (!above.includes(file) && !slots.lines.includes(file)) expect(hasEnded(slots.statusOf(file))).toBe(false)
      }
      const { ended, working, waiting } = slots.counts()
      expect(ended + working + waiting).toBe(files.length)
    }),
  )
})
