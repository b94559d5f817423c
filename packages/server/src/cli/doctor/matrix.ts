/** The comparison of environments as a table: what is set where, and what is wrong with it. Holds no value. */
import type { Comparison, ComparisonRow } from '../../core/doctor/compare.ts'
import type { Tone } from '../demo/terminal-text.ts'
import type { Cell, Output } from '../output.ts'

// What everybody has, or nobody needs, is told by its number.
const QUIET: readonly ComparisonRow['verdict'][] = ['same', 'different', 'unset']

export function printMatrix(output: Output, { environments, rows }: Comparison, all: boolean): void {
  const shown = rows.filter(({ verdict }) => all || !QUIET.includes(verdict))
  if (shown.length > 0) {
    output.table(
      ['service', 'variable', ...environments, ''],
      shown.map((row) => [row.service, row.variable, ...row.cells.map(cellOf), verdictCell(row)]),
    )
  }
  const hidden = rows.length - shown.length
  if (hidden > 0) {
    if (shown.length > 0) output.line()
    output.line(`${hidden} more variables are as they should be, or set nowhere; --all shows them.`)
  }
}

function cellOf(cell: ComparisonRow['cells'][number]): Cell {
  if (cell === 'set') return { text: 'set', tone: 'good' }
  return cell === 'absent' ? { text: '-', tone: 'faint' } : { text: '?', tone: 'notable' }
}

function verdictCell(row: ComparisonRow): Cell {
  const [text, tone] = verdictText(row)
  return tone === null ? { text } : { text, tone }
}

function verdictText({ verdict, between, meant }: ComparisonRow): [string, Tone | null] {
  switch (verdict) {
    case 'same':
      return ['equal', null]
    case 'different':
      return ['differs, as it may', null]
    case 'missing':
      return [`missing in ${between.join(' and ')}`, 'bad']
    case 'extra':
      return [`only in ${between.join(' and ')}`, 'notable']
    case 'shared':
      return ['equal, and must differ', 'bad']
    case 'disagrees':
      return [`differs between ${between.slice(1).join(' and ')} in ${between[0] ?? ''}`, 'bad']
    case 'unread':
      return ['set, read by nobody', 'notable']
    case 'near-miss':
      return [`read by nobody: ${meant ?? ''}?`, 'notable']
    case 'unset':
      return ['read, set nowhere', null]
    case 'unknown':
      return [`not seen in ${between.join(' and ')}`, 'notable']
    default:
      return verdict satisfies never
  }
}
