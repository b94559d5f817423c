import { expect, test } from 'vitest'
import { toPageTexts } from './markdown.ts'
import { type Piece, toLines } from './page-line.ts'

const piece = (text: string, x: number, y: number, more: Partial<Piece> = {}): Piece => ({
  text,
  x,
  y,
  width: text.length * 5,
  size: 10,
  rightToLeft: false,
  ...more,
})
const cells = (...pieces: Piece[]) => toLines(pieces).map((line) => line.cells)
const markdown = (...pieces: Piece[]) => toPageTexts([toLines(pieces)])[0]?.md

test('pieces on one baseline are one line, joined with a space only where there is a gap', () => {
  expect(cells(piece('Har', 0, 700), piece('bour', 15, 700), piece('quiet', 40, 701))).toEqual([['Harbour quiet']])
})

test('lines are read from top to bottom, whatever order the page draws them in', () => {
  expect(cells(piece('footer', 0, 50), piece('title', 0, 700), piece('body', 0, 600))).toEqual([
    ['title'],
    ['body'],
    ['footer'],
  ])
})

test('text that runs from right to left keeps its order', () => {
  const rightToLeft = { rightToLeft: true }
  expect(cells(piece('עולם', 100, 700, rightToLeft), piece('שלום', 125, 700, rightToLeft))).toEqual([['שלום עולם']])
})

test('a wide gap divides cells, and lines of equally many cells are a table', () => {
  const row = (y: number, ...texts: string[]) => texts.map((text, index) => piece(text, index * 100, y))
  expect(markdown(...row(700, 'Room', 'Visits'), ...row(685, 'Mill', '14|2'))).toBe(
    '| Room | Visits |\n| --- | --- |\n| Mill | 14\\|2 |',
  )
  expect(markdown(...row(700, 'Alone', 'here'))).toBe('Alone here')
})

test('columns of prose are read one after the other', () => {
  const column = (name: string, x: number) => [700, 688, 676, 664, 652, 640].map((y) => piece(`${name} ${y}`, x, y))
  const lines = cells(...column('left', 0), ...column('right', 300))
  expect(lines.map(([text]) => text?.split(' ')[0])).toEqual([...Array(6).fill('left'), ...Array(6).fill('right')])
})

test('a bullet that stands apart belongs to its item', () => {
  expect(markdown(piece('•', 0, 700), piece('Know the working end', 30, 700))).toBe('- Know the working end')
  expect(cells(piece('1.', 0, 700), piece('Keep', 30, 700))).toEqual([['1. Keep']])
})

test('larger text is a heading, the largest the first', () => {
  expect(
    markdown(
      piece('Report', 0, 700, { size: 24 }),
      piece('Visits', 0, 660, { size: 16 }),
      piece('The rooms were open on most days.', 0, 640),
      piece('And on Sundays.', 0, 628),
      piece('A new paragraph of the body.', 0, 600),
    ),
  ).toBe('# Report\n\n## Visits\n\nThe rooms were open on most days.\nAnd on Sundays.\n\nA new paragraph of the body.')
})

test('a page without text is empty', () => {
  expect(toPageTexts([toLines([piece('  ', 0, 700)])])).toEqual([{ page: 1, md: '', text: '' }])
})
