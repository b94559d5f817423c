/** Text as a terminal shows it: widths in cells, fitting, colours, sizes and times in few characters. Writes nothing. */
import { styleText } from 'node:util'

export type Tone = 'good' | 'bad' | 'notable' | 'faint' | 'strong'

export type Paint = (tone: Tone, text: string) => string

const styles = { good: 'green', bad: 'red', notable: 'yellow', faint: 'gray', strong: 'bold' } as const

/** See no-color.org: any value of NO_COLOR that is not empty counts. */
export function wantsColour(isTTY: boolean, environment: Record<string, string | undefined>): boolean {
  return isTTY && !environment.NO_COLOR && environment.TERM !== 'dumb'
}

export function createPaint(colour: boolean): Paint {
  // The decision was made by the caller; asking the stream again would make the text depend on where a test runs.
  return colour ? (tone, text) => styleText(styles[tone], text, { validateStream: false }) : (_tone, text) => text
}

/** File names come from outside: a control character in one must not steer the terminal, nor turn its lines around. */
export function visible(text: string): string {
  return text.replace(/[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu, '?')
}

const ZERO_WIDTH = /^[\p{Mn}\p{Me}\p{Cf}]$/u
const WIDE =
  /^[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}\u3000-\u303f\uff01-\uff60\uffe0-\uffe6\p{Emoji_Presentation}]$/u

/** In cells: Chinese, Japanese and Korean characters take two, combining marks none. */
export function widthOf(text: string): number {
  let cells = 0
  for (const character of text) cells += cellsOf(character)
  return cells
}

function cellsOf(character: string): number {
  if (ZERO_WIDTH.test(character)) return 0
  return WIDE.test(character) ? 2 : 1
}

/** Exactly `cells` wide: padded at the end, or cut there with an ellipsis. */
export function fit(text: string, cells: number): string {
  const width = widthOf(text)
  if (width <= cells) return text + ' '.repeat(cells - width)
  let kept = ''
  let used = 0
  for (const character of text) {
    const more = cellsOf(character)
    if (used + more > cells - 1) break
    kept += character
    used += more
  }
  return `${kept}…${' '.repeat(Math.max(0, cells - used - 1))}`
}

/** As `fit`, but keeps the end too, so that a name's extension stays in sight. */
export function fitName(name: string, cells: number): string {
  const clean = visible(name)
  if (widthOf(clean) <= cells || cells < 12) return fit(clean, cells)
  const tail = [...clean].slice(-6).join('')
  return `${fit(clean, cells - widthOf(tail))}${tail}`
}

/** For a line of prose: cut where it is too long, but not padded. */
export function shortName(name: string, cells: number): string {
  return fitName(name, Math.min(cells, widthOf(visible(name))))
}

export function fitRight(text: string, cells: number): string {
  return ' '.repeat(Math.max(0, cells - widthOf(text))) + text
}

/** Breaks at spaces; a word longer than a line stands alone. */
export function wrap(text: string, cells: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of visible(text).split(' ')) {
    if (line !== '' && widthOf(line) + 1 + widthOf(word) > cells) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return line === '' ? lines : [...lines, line]
}

/** In powers of 1000, at most 8 characters. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  const units = ['kB', 'MB', 'GB', 'TB']
  let value = bytes
  let unit = 'B'
  for (const next of units) {
    // 999.5: what would be rounded to 1000 belongs to the next unit.
    if (value < 999.5) break
    value /= 1000
    unit = next
  }
  return `${value < 99.95 ? value.toFixed(1) : value.toFixed(0)} ${unit}`
}

/** At most 8 characters for anything below a hundred hours. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${seconds % 60}s`
  return `${Math.floor(seconds / 3600)}h ${Math.floor((seconds % 3600) / 60)}m`
}
