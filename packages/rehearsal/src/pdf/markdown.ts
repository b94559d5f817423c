/** Writes the lines of a document's pages as Markdown: headings by font size, tables, paragraphs. Pure. */
import type { PageLine } from './page-line.ts'

export interface PageText {
  /** Counts from 1. */
  page: number
  md: string
  text: string
}

// 15 %: headings are at least so much larger than the body in any document set by hand.
const HEADING_RATIO = 1.15
// A larger text than this is a large paragraph.
const MAX_HEADING_CHARS = 160
// Lines farther apart than this many font sizes belong to two paragraphs.
const PARAGRAPH_GAP = 1.75

export function toPageTexts(pages: readonly PageLine[][]): PageText[] {
  const levels = headingLevels(pages.flat())
  return pages.map((lines, index) => ({
    page: index + 1,
    md: toMarkdown(lines, levels),
    text: lines.map((line) => line.cells.join('\t')).join('\n'),
  }))
}

/** The sizes that are headings, largest first, each with its level from 1 to 4. */
function headingLevels(lines: readonly PageLine[]): Map<number, number> {
  const charsBySize = new Map<number, number>()
  for (const line of lines) {
    const size = rounded(line.size)
    charsBySize.set(size, (charsBySize.get(size) ?? 0) + line.cells.join('').length)
  }
  // The body is the size that most characters have.
  const body = [...charsBySize].sort((a, b) => b[1] - a[1])[0]?.[0] ?? 0
  const larger = [...charsBySize.keys()].filter((size) => size >= body * HEADING_RATIO).sort((a, b) => b - a)
  return new Map(larger.map((size, index) => [size, Math.min(index + 1, 4)]))
}

function toMarkdown(lines: readonly PageLine[], levels: Map<number, number>): string {
  const blocks: string[] = []
  let paragraph: PageLine[] = []
  const endParagraph = () => {
    if (paragraph.length > 0) blocks.push(paragraph.map((line) => line.cells.join('')).join('\n'))
    paragraph = []
  }
  for (let index = 0; index < lines.length; ) {
    const line = lines[index]
    if (!line) break
    const level = levels.get(rounded(line.size))
    const rows = tableFrom(lines, index)
    if (rows.length > 0) {
      endParagraph()
      blocks.push(toTable(rows))
      index += rows.length
      continue
    }
    const text = line.cells.join(' ')
    if (level !== undefined && text.length <= MAX_HEADING_CHARS) {
      endParagraph()
      blocks.push(`${'#'.repeat(level)} ${text}`)
    } else {
      const last = paragraph.at(-1)
      if (last && (last.y - line.y > PARAGRAPH_GAP * line.size || rounded(last.size) !== rounded(line.size))) {
        endParagraph()
      }
      paragraph.push({ ...line, cells: [text.replace(/^[•◦▪‣·] ?/, '- ')] })
    }
    index++
  }
  endParagraph()
  return blocks.join('\n\n')
}

/** The lines from `start` that have the same number of cells, two or more; a single such line is no table. */
function tableFrom(lines: readonly PageLine[], start: number): PageLine[] {
  const columns = lines[start]?.cells.length ?? 0
  if (columns < 2) return []
  let end = start
  while (lines[end]?.cells.length === columns) end++
  return end - start >= 2 ? lines.slice(start, end) : []
}

function toTable(rows: readonly PageLine[]): string {
  const written = rows.map((row) => `| ${row.cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
  const columns = rows[0]?.cells.length ?? 0
  return [written[0], `|${' --- |'.repeat(columns)}`, ...written.slice(1)].join('\n')
}

/** Half a point: what differs less is the same size to a reader. */
function rounded(size: number): number {
  return Math.round(size * 2) / 2
}
