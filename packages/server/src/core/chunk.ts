/**
 * Divides a Markdown text into chunks for embedding: at headings, then between paragraphs, then between sentences, then
 * wherever it must. A chunk is a piece of the text as it stands, so that nothing is lost and nothing invented; the same
 * text and options always give the same chunks.
 */
import { digestOf } from './digest.ts'
import { AppError } from './error.ts'
import { type Block, markdownBlocks } from './markdown-blocks.ts'
import { type Span, splitSpan, tailStart } from './text-split.ts'
import { estimateTokens } from './token-estimate.ts'

/** Changes with whatever moves a border: the chunks of one version are all made the same way. */
export const CHUNKER_VERSION = 'markdown-1'

export interface ChunkOptions {
  /** No chunk is estimated higher. */
  maxTokens: number
  /** A chunk below this takes in what follows, as long as that fits. */
  minTokens: number
  /** How much of the chunk before is repeated; default 0. Nothing is where a chunk begins with a heading. */
  overlapTokens?: number
}

export interface Chunk {
  ordinal: number
  /** The headings above the chunk's first line, outermost first, joined by ` › `. */
  heading: string
  content: string
  tokens: number
}

/** What is not cut any further. */
interface Piece extends Span {
  path: readonly string[]
  isHeading: boolean
  tokens: number
  /** Those of the white space before it. */
  gapTokens: number
}

// Below this the longest single character and a few words would not fit.
const SMALLEST_MAX_TOKENS = 16

export function chunkMarkdown(text: string, options: ChunkOptions): Chunk[] {
  const { maxTokens, minTokens, overlapTokens = 0 } = options
  checkOptions(maxTokens, minTokens, overlapTokens)
  const groups = pack(text, maxTokens - overlapTokens, minTokens)
  return groups.map((pieces, ordinal) => {
    const { start, end, path } = extentOf(pieces)
    const before = groups[ordinal - 1]
    const repeats = overlapTokens > 0 && before !== undefined && pieces[0]?.isHeading === false
    const content = text.slice(repeats ? tailStart(text, extentOf(before).start, start, overlapTokens) : start, end)
    return { ordinal, heading: path.join(' › '), content, tokens: estimateTokens(content) }
  })
}

/** The same for the same chunk, so that storing it twice stores it once. */
export function chunkId(documentId: string, version: string, ordinal: number): string {
  const hash = digestOf('becket chunk', [documentId, version, String(ordinal)])
  // 128 bits: no two of all the chunks there will ever be are alike.
  return `chk_${hash.subarray(0, 16).toString('hex')}`
}

function pack(text: string, maxTokens: number, minTokens: number): Piece[][] {
  const groups: Piece[][] = []
  let current: Piece[] = []
  let size = 0

  const close = () => {
    // Headings at the end announce what comes next, and go with it.
    const body = current.findLastIndex(({ isHeading }) => !isHeading) + 1
    groups.push(body === 0 ? current : current.slice(0, body))
    current = body === 0 ? [] : current.slice(body)
    size = sizeOf(current)
  }
  const fits = (piece: Piece) => current.length === 0 || size + piece.gapTokens + piece.tokens <= maxTokens

  let end = 0
  for (const block of markdownBlocks(text)) {
    const whole = pieceOf(text, block, block, end)
    // A new section is a new chunk, unless the one before is too small to stand alone.
    if (whole.isHeading && size >= minTokens && current.at(-1)?.isHeading === false) close()
    const hasBody = current.some(({ isHeading }) => !isHeading)
    if (whole.tokens <= maxTokens && size >= minTokens && hasBody && !fits(whole)) close()
    // A paragraph is cut where it is too long for any chunk, or where what stands before it is nothing without it.
    const isCut = whole.tokens > maxTokens || (block.kind === 'paragraph' && !fits(whole))
    const by = block.kind === 'fence' || block.kind === 'table' ? 'lines' : 'sentences'
    for (const span of isCut ? splitSpan(text, block, by, maxTokens) : [block]) {
      const piece = pieceOf(text, block, span, end)
      if (!fits(piece)) close()
      // What was carried over may leave no room either.
      if (!fits(piece)) close()
      size += current.length === 0 ? piece.tokens : piece.gapTokens + piece.tokens
      current.push(piece)
      end = piece.end
    }
  }
  if (current.length > 0) groups.push(current)
  return withoutSmallEnd(groups, maxTokens, minTokens)
}

function pieceOf(text: string, block: Block, { start, end }: Span, previousEnd: number): Piece {
  const isHeading = block.kind === 'heading' && start === block.start && end === block.end
  const tokens = estimateTokens(text.slice(start, end))
  return { start, end, path: block.path, isHeading, tokens, gapTokens: estimateTokens(text.slice(previousEnd, start)) }
}

/** An upper bound: what is joined is never estimated higher than its parts. */
function sizeOf(pieces: readonly Piece[]): number {
  return pieces.reduce((size, piece, index) => size + piece.tokens + (index === 0 ? 0 : piece.gapTokens), 0)
}

/** The last chunk has nothing to take in: where it is too small, it joins the one before. */
function withoutSmallEnd(groups: Piece[][], maxTokens: number, minTokens: number): Piece[][] {
  const [before, last] = groups.slice(-2)
  if (before === undefined || last === undefined || sizeOf(last) >= minTokens) return groups
  const joined = [...before, ...last]
  return sizeOf(joined) <= maxTokens ? [...groups.slice(0, -2), joined] : groups
}

function extentOf(pieces: readonly Piece[]): Span & { path: readonly string[] } {
  const [first] = pieces
  const last = pieces.at(-1)
  if (first === undefined || last === undefined) throw new AppError('CHUNKING_FAILED', 'A chunk was made of nothing')
  return { start: first.start, end: last.end, path: first.path }
}

function checkOptions(maxTokens: number, minTokens: number, overlapTokens: number): void {
  const fault = !(maxTokens >= SMALLEST_MAX_TOKENS)
    ? `maxTokens must be ${SMALLEST_MAX_TOKENS} or more, not ${maxTokens}`
    : !(overlapTokens >= 0 && overlapTokens <= maxTokens / 2)
      ? `overlapTokens must be between 0 and half of maxTokens, not ${overlapTokens}`
      : !(minTokens >= 0 && minTokens <= maxTokens - overlapTokens)
        ? `minTokens must be between 0 and maxTokens less overlapTokens, not ${minTokens}`
        : undefined
  if (fault !== undefined) throw new AppError('CONFIGURATION_INVALID', `Documents cannot be chunked: ${fault}.`)
}
