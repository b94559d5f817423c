import { WriteStream } from 'node:tty'
import { stripVTControlCharacters } from 'node:util'
import { documentStatuses } from '@becket/client/contract'
import { expect, test } from 'vitest'
import { createProgress } from './progress.ts'
import { progressLine } from './progress-line.ts'
import { createPaint, widthOf } from './terminal-text.ts'
import { percentOf } from './work-progress.ts'

/** A terminal, or a pipe, that only remembers what was written. */
function createScreen(shape: { isTTY: boolean; columns: number; rows: number }) {
  const written: string[] = []
  const stream = Object.create(WriteStream.prototype, {
    ...Object.fromEntries(Object.entries(shape).map(([name, value]) => [name, { value }])),
    write: { value: (text: string) => written.push(text) > 0 },
  })
  return { stream, text: () => written.join('') }
}

test('without a terminal each change is one plain line, and a repeat is none', () => {
  const screen = createScreen({ isTTY: false, columns: 80, rows: 24 })
  let now = 5000
  const progress = createProgress({ files: ['a.pdf', 'b.pdf'], stream: screen.stream, environment: {}, now: () => now })
  progress.start()
  progress.update('a.pdf', 'uploading')
  now += 1200
  progress.update('a.pdf', 'parse_queued')
  progress.update('a.pdf', 'parse_queued')
  progress.update('b.pdf', 'refused')
  progress.stop()
  expect(screen.text().split('\n')).toEqual([
    '    0 ms  a.pdf: uploading',
    '   1.2 s  a.pdf: parse_queued',
    '   1.2 s  b.pdf: refused (1 of 2 ended)',
    '',
  ])
})

test('on a terminal the last picture holds every document and the sum, and the cursor comes back', () => {
  const screen = createScreen({ isTTY: true, columns: 80, rows: 24 })
  const progress = createProgress({
    files: ['a.pdf', 'b.pdf'],
    stream: screen.stream,
    environment: { NO_COLOR: '1' },
    now: () => 0,
  })
  progress.start()
  progress.update('a.pdf', 'complete')
  progress.update('b.pdf', 'embedding_queued')
  progress.stop()
  progress.stop()
  const picture = stripVTControlCharacters(screen.text())
  expect(picture).toContain('✔ a.pdf')
  expect(picture).toContain('100 % complete')
  expect(picture).toContain('70 % embedding_queued')
  expect(picture).toContain('1 of 2 ended, 1 under way, 0 waiting')
  expect(screen.text()).toContain('\u001b[?25h')
})

test('with more documents than lines, those that ended are printed above even if the end comes at once', () => {
  const screen = createScreen({ isTTY: true, columns: 80, rows: 6 })
  const files = Array.from({ length: 12 }, (_, index) => `file-${index}.pdf`)
  const progress = createProgress({ files, stream: screen.stream, environment: { NO_COLOR: '1' }, now: () => 0 })
  progress.start()
  for (const file of files) progress.update(file, 'complete')
  progress.stop()
  const picture = stripVTControlCharacters(screen.text())
  for (const file of files) expect(picture).toMatch(new RegExp(`✔ ${file} .* 100 % complete`))
})

test('a line is never wider than the terminal', () => {
  for (const columns of [50, 60, 79, 120]) {
    for (const status of documentStatuses) {
      const line = progressLine('山间小站-a-name-that-goes-on-and-on-and-on.pdf', status, columns, createPaint(false))
      expect(widthOf(line)).toBeLessThanOrEqual(columns)
    }
  }
})

test('a document that moves forward never seems to move back', () => {
  const forward = documentStatuses.slice(0, documentStatuses.indexOf('complete') + 1).map(percentOf)
  expect(forward).toEqual(forward.toSorted((a, b) => a - b))
})
