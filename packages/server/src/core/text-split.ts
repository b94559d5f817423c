/**
 * Cuts a part of a text that is too long for one chunk: prose between sentences, code and tables between lines, and what
 * is still too long between words, or at last between characters. Answers places, never copies: no character is lost.
 */
import { estimateTokens } from './token-estimate.ts'

/** From the first character that is no white space, to after the last. */
export interface Span {
  start: number
  end: number
}

// After what ends a sentence and white space follows; after what ends one in Chinese and Japanese; before the item of a
// list. Each begins only where its run begins: a line of ten thousand dots takes no longer for it.
const SENTENCE =
  /(?<![.!?…])[.!?…]+["'”’)\]]{0,4}(?=\s)|(?<![。！？])[。！？]+[」』”’）]{0,4}|\n(?=[ \t]{0,20}(?:[-*+•]|\d{1,3}[.)])\s)/g
const LINE = /\n/g

export function splitSpan(text: string, span: Span, by: 'sentences' | 'lines', maxTokens: number): Span[] {
  const inside = text.slice(span.start, span.end)
  const spans: Span[] = []
  let from = 0
  for (const found of inside.matchAll(by === 'lines' ? LINE : SENTENCE)) {
    const to = found.index + found[0].length
    spans.push(...fitting(text, span.start + from, span.start + to, maxTokens))
    from = to
  }
  return [...spans, ...fitting(text, span.start + from, span.end, maxTokens)]
}

/** Where the end of a text begins that has at most so many tokens: at a word, and not before `floor`. */
export function tailStart(text: string, floor: number, end: number, maxTokens: number): number {
  // The estimate grows with the length, so the longest tail is found by halving.
  let low = Math.max(floor, end - longestFor(maxTokens))
  let high = end
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if (estimateTokens(text.slice(middle, end)) <= maxTokens) high = middle
    else low = middle + 1
  }
  if (low > floor) {
    const toWord = /^\S*\s+/.exec(text.slice(low, end))?.[0].length
    low += toWord ?? (isInsidePair(text, low) ? 1 : 0)
  }
  return Math.min(low, end)
}

function fitting(text: string, from: number, to: number, maxTokens: number): Span[] {
  const spans: Span[] = []
  let rest = trimmed(text, from, to)
  while (rest !== undefined && isTooLong(text, rest, maxTokens)) {
    const cut = cutOf(text, rest, maxTokens)
    const head = trimmed(text, rest.start, cut)
    if (head !== undefined) spans.push(head)
    rest = trimmed(text, cut, rest.end)
  }
  if (rest !== undefined) spans.push(rest)
  return spans
}

function isTooLong(text: string, { start, end }: Span, maxTokens: number): boolean {
  // The length alone decides where it can: else each cut of a long text would count all of the rest again.
  return end - start > longestFor(maxTokens) || estimateTokens(text.slice(start, end)) > maxTokens
}

/** The end of the longest head that fits, moved back to the last white space where that is not too far. */
function cutOf(text: string, { start, end }: Span, maxTokens: number): number {
  let low = start + 1
  let high = Math.min(end, start + longestFor(maxTokens))
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (estimateTokens(text.slice(start, middle)) <= maxTokens) low = middle
    else high = middle - 1
  }
  const cut = isInsidePair(text, low) ? low - 1 : low
  if (/\s/.test(text.charAt(cut))) return cut
  const head = text.slice(start, cut)
  const lastSpace = head.length - (/\S*$/.exec(head)?.[0].length ?? 0)
  // A word longer than half a chunk is no word: it is cut where it stands.
  const atSpace = lastSpace > head.length / 2 ? start + lastSpace : cut
  // At least one whole character, so that there is an end to it.
  return Math.max(atSpace, start + (isInsidePair(text, start + 1) ? 2 : 1))
}

/** No text of so many tokens is longer: the cheapest characters are words of four letters with a space after each. */
function longestFor(maxTokens: number): number {
  return maxTokens * 5 + 8
}

function trimmed(text: string, from: number, to: number): Span | undefined {
  const inside = text.slice(from, to)
  const start = from + inside.length - inside.trimStart().length
  const end = from + inside.trimEnd().length
  return start < end ? { start, end } : undefined
}

function isInsidePair(text: string, index: number): boolean {
  return /[\ud800-\udbff]/.test(text.charAt(index - 1)) && /[\udc00-\udfff]/.test(text.charAt(index))
}
