/** Prints results: tables and facts for people, JSON for programs. Nothing is cut: ids stay whole, to be copied. */
import { describeDuration } from '../core/duration.ts'
import { createPaint, type Paint, type Tone, visible, wantsColour, widthOf } from './demo/terminal-text.ts'
import type { CliIo } from './io.ts'

export interface Cell {
  text: string
  tone?: Tone
}

export interface Output {
  paint: Paint
  line(text?: string): void
  table(head: readonly string[], rows: readonly (readonly (Cell | string | null)[])[]): void
  /** Names and values, one pair a line; a null value is left out. */
  facts(pairs: readonly (readonly [string, Cell | string | null])[]): void
  /** `3 min ago`, `in 2 h`; the time itself where it is far away. */
  when(time: string | null): string | null
}

export function createOutput(io: CliIo): Output {
  const paint = createPaint(wantsColour(io.isTTY, io.env))
  const painted = (cell: Cell, text: string) => (cell.tone === undefined ? text : paint(cell.tone, text))
  const line = (text = '') => io.out(text)
  return {
    paint,
    line,
    table(head, rows) {
      const cells = rows.map((row) => row.map(cellOf))
      const titles = head.map((title) => cellOf({ text: title, tone: 'faint' }))
      const all = [titles, ...cells]
      const widths = head.map((_, index) => Math.max(...all.map((row) => widthOf(row[index]?.text ?? ''))))
      for (const row of all) {
        const parts = row.map((cell, index) => {
          const isLast = index === row.length - 1
          return painted(cell, cell.text) + (isLast ? '' : ' '.repeat((widths[index] ?? 0) - widthOf(cell.text)))
        })
        line(parts.join('  ').trimEnd())
      }
    },
    facts(pairs) {
      const shown = pairs.filter(([, value]) => value !== null)
      const width = Math.max(0, ...shown.map(([name]) => name.length))
      for (const [name, value] of shown) {
        const cell = cellOf(value)
        line(`${paint('faint', name.padEnd(width))}  ${painted(cell, cell.text)}`)
      }
    },
    when(time) {
      if (time === null) return null
      const ms = io.now() - Date.parse(time)
      // 30 days: beyond, nobody counts.
      if (Math.abs(ms) > 30 * 86_400_000) return time
      return ms >= 0 ? `${describeDuration(ms)} ago` : `in ${describeDuration(-ms)}`
    },
  }
}

function cellOf(value: Cell | string | null): Cell {
  if (value === null) return { text: '-', tone: 'faint' }
  // Names and errors come from outside: a control character in one must not steer the terminal.
  return typeof value === 'string' ? { text: visible(value) } : { ...value, text: visible(value.text) }
}

const tones: Record<string, Tone> = {
  done: 'good',
  complete: 'good',
  succeeded: 'good',
  healthy: 'good',
  matched: 'good',
  verified: 'good',
  closed: 'good',
  deadletter: 'bad',
  dead: 'bad',
  delivered: 'good',
  failed: 'bad',
  failed_parse: 'bad',
  failed_chunking: 'bad',
  failed_embedding: 'bad',
  expired: 'bad',
  down: 'bad',
  refused: 'bad',
  open: 'bad',
  retryable: 'notable',
  unconfirmed: 'notable',
  orphan: 'notable',
  quarantined: 'notable',
  partial: 'notable',
  unknown: 'notable',
  'half-open': 'notable',
}

/** A state; its colour says nothing that its word does not. */
export function stateCell(state: string | null): Cell | null {
  if (state === null) return null
  const tone = tones[state]
  return tone === undefined ? { text: state } : { text: state, tone }
}
