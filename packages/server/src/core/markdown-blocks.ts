/**
 * The blocks of a Markdown text, as places in it: headings, fenced code, tables, paragraphs. Knows as much of Markdown as
 * dividing it takes, and no more: headings that begin with `#` (what parsers write), pipe and HTML tables. A list or a quote is a
 * paragraph.
 */

export interface Block {
  kind: 'heading' | 'fence' | 'table' | 'paragraph'
  /** Where it is in the text: from the first character that is no white space, to after the last. */
  start: number
  end: number
  /** The headings above it, outermost first, itself included where it is one. */
  path: readonly string[]
}

interface Line {
  start: number
  end: number
  text: string
}

// A heading is a title: a parser that made one of a whole page must not fill every chunk's heading with it.
const LONGEST_TITLE = 120
const TABLE_END = /<\/table>/i

export function markdownBlocks(text: string): Block[] {
  const blocks: Block[] = []
  const lines = linesOf(text)
  // Found once: a table that is never closed must not be searched to the end of the text again and again.
  const lastTableEnd = lines.findLastIndex((line) => TABLE_END.test(line.text))
  let path: { level: number; title: string }[] = []
  let index = 0
  while (index < lines.length) {
    const line = lines[index]
    if (line === undefined) break
    if (line.text.trim() === '') {
      index++
      continue
    }
    const heading = headingOf(line.text)
    if (heading !== undefined) path = [...path.filter(({ level }) => level < heading.level), heading]
    const [kind, after] = heading === undefined ? bodyAt(lines, index, lastTableEnd) : (['heading', index + 1] as const)
    const last = lines[after - 1] ?? line
    const raw = text.slice(line.start, last.end)
    const start = line.start + raw.length - raw.trimStart().length
    blocks.push({ kind, start, end: line.start + raw.trimEnd().length, path: path.map(({ title }) => title) })
    index = after
  }
  return blocks
}

function linesOf(text: string): Line[] {
  const lines: Line[] = []
  let start = 0
  while (start < text.length) {
    const newline = text.indexOf('\n', start)
    const end = newline === -1 ? text.length : newline
    lines.push({ start, end, text: text.slice(start, end) })
    start = end + 1
  }
  return lines
}

function headingOf(line: string): { level: number; title: string } | undefined {
  const found = /^ {0,3}(#{1,6})(?:[ \t]+|\r?$)/.exec(line)
  if (found === null) return undefined
  const title = line
    .slice(found[0].length)
    .trim()
    .replace(/(?<=^|[ \t])#+$/, '')
    .trim()
  const clipped = title.length > LONGEST_TITLE ? `${[...title.slice(0, LONGEST_TITLE)].slice(0, -1).join('')}…` : title
  return { level: found[1]?.length ?? 1, title: clipped }
}

/** What begins at this line, and the index of the first line after it. */
function bodyAt(lines: readonly Line[], from: number, lastTableEnd: number): ['fence' | 'table' | 'paragraph', number] {
  const first = lines[from]?.text ?? ''
  const fence = fenceOf(first)
  // One that is never closed goes on to the end, as every reader of Markdown has it.
  if (fence !== undefined) return ['fence', endAfter(lines, from + 1, (line) => closes(line, fence))]
  if (isHtmlTable(first) && lastTableEnd >= from)
    return ['table', endAfter(lines, from, (line) => TABLE_END.test(line))]
  const isTable = isPipeTable(first)
  let index = from + 1
  while (index < lines.length) {
    const line = lines[index]?.text ?? ''
    if (line.trim() === '' || isPipeTable(line) !== isTable) break
    if (headingOf(line) !== undefined || fenceOf(line) !== undefined || isHtmlTable(line)) break
    index++
  }
  return [isTable ? 'table' : 'paragraph', index]
}

function endAfter(lines: readonly Line[], from: number, isLast: (line: string) => boolean): number {
  let index = from
  while (index < lines.length && !isLast(lines[index]?.text ?? '')) index++
  return Math.min(index + 1, lines.length)
}

function isPipeTable(line: string): boolean {
  return line.trimStart().startsWith('|')
}

function isHtmlTable(line: string): boolean {
  return /^\s*<table\b/i.test(line)
}

function fenceOf(line: string): string | undefined {
  return /^ {0,3}(`{3,}(?=[^`]*$)|~{3,})/.exec(line)?.[1]
}

function closes(line: string, fence: string): boolean {
  const trimmed = line.trim()
  return trimmed.length >= fence.length && trimmed === fence.charAt(0).repeat(trimmed.length)
}
