/** Puts the pieces of text of one page, as a PDF has them, into lines of cells as a reader sees them. Pure. */

/** One piece of text at one place. Coordinates grow to the right and upwards. */
export interface Piece {
  text: string
  x: number
  /** The baseline. */
  y: number
  width: number
  /** The font's size in points, as shown. */
  size: number
  rightToLeft: boolean
}

export interface PageLine {
  /** One cell is ordinary text; several are columns with a wide gap between them. */
  cells: string[]
  size: number
  y: number
}

// 1 em: wider than a justified word space, narrower than the gap between two columns of a table.
const CELL_GAP_EM = 1
// 0.2 em: narrower than any word space, wider than letter-spacing and kerning.
const WORD_GAP_EM = 0.2
// A new column of prose starts at least so many lines higher than where the last one ended.
const COLUMN_RISE_LINES = 4

/** `pieces` in the order in which the page draws them. */
export function toLines(pieces: readonly Piece[]): PageLine[] {
  return toFlows(pieces.filter((piece) => piece.text.trim() !== '')).flatMap(toLinesOfFlow)
}

/**
 * Columns of prose are read one after the other. A column begins where the page goes on drawing much higher up and
 * wholly to the right of everything it has drawn beside and below that place. Tables, drawn by rows, stay whole.
 */
function toFlows(pieces: readonly Piece[]): Piece[][] {
  const flows: Piece[][] = []
  let previous: Piece | null = null
  for (const piece of pieces) {
    const flow = flows.at(-1)
    const rises = previous !== null && piece.y - previous.y > COLUMN_RISE_LINES * piece.size
    const beside = flow?.filter((other) => other.y <= piece.y + piece.size) ?? []
    if (!flow || (rises && beside.every((other) => other.x + other.width <= piece.x))) flows.push([piece])
    else flow.push(piece)
    previous = piece
  }
  return flows
}

function toLinesOfFlow(flow: Piece[]): PageLine[] {
  const rows: Piece[][] = []
  for (const piece of flow.toSorted((a, b) => b.y - a.y)) {
    const row = rows.at(-1)
    const first = row?.[0]
    // Half the size: superscripts stay in their line, the next line does not.
    if (row && first && Math.abs(first.y - piece.y) <= Math.max(first.size, piece.size) / 2) row.push(piece)
    else rows.push([piece])
  }
  return rows.map(toLine)
}

function toLine(row: Piece[]): PageLine {
  const rightToLeft = row.filter((piece) => piece.rightToLeft).length * 2 > row.length
  row.sort((a, b) => (rightToLeft ? b.x - a.x : a.x - b.x))
  const cells: string[] = []
  let previous: Piece | null = null
  for (const piece of row) {
    const gap = previous ? gapBetween(previous, piece) / Math.max(previous.size, piece.size, 1) : 0
    if (previous === null || gap > CELL_GAP_EM) cells.push(piece.text)
    else {
      const text = cells.pop() ?? ''
      const space = gap > WORD_GAP_EM && !/\s$/.test(text) && !/^\s/.test(piece.text) ? ' ' : ''
      cells.push(text + space + piece.text)
    }
    previous = piece
  }
  return {
    cells: withoutMarkerCell(cells.map((cell) => cell.replace(/\s+/g, ' ').trim())),
    size: Math.max(...row.map((piece) => piece.size)),
    y: row[0]?.y ?? 0,
  }
}

/** A bullet or a number that stands apart from its item is no column of its own. */
function withoutMarkerCell(cells: string[]): string[] {
  const [marker = '', item, ...rest] = cells
  if (item === undefined || rest.length > 0) return cells
  return /^([•◦▪‣·–*-]|\p{Nd}{1,3}[.)])$/u.test(marker) ? [`${marker} ${item}`] : cells
}

function gapBetween(a: Piece, b: Piece): number {
  const [left, right] = a.x <= b.x ? [a, b] : [b, a]
  return right.x - (left.x + left.width)
}
