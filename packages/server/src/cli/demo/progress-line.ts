/** One document's progress as one line of text. */

import { fit, fitName, fitRight, type Paint } from './terminal-text.ts'
import { hasEnded, hasFailed, type ProgressStatus, percentOf } from './work-progress.ts'

// `embedding_in_progress`, the longest of them.
const STATUS_CELLS = 21
const BAR_CELLS = 20

/** Never wider than `columns`, as long as there are 50 of them. */
export function progressLine(file: string, status: ProgressStatus, columns: number, paint: Paint): string {
  const bars = columns < 70 ? 8 : BAR_CELLS
  const names = Math.max(8, Math.min(36, columns - STATUS_CELLS - bars - 11))
  const percent = percentOf(status)
  const filled = Math.round((percent / 100) * bars)
  const bar = paint(toneOf(status), '█'.repeat(filled)) + paint('faint', '░'.repeat(bars - filled))
  return `${markOf(status)} ${fitName(file, names)} ${bar} ${fitRight(`${percent}`, 3)} % ${fit(status, STATUS_CELLS)}`
}

function toneOf(status: ProgressStatus) {
  if (hasFailed(status)) return 'notable'
  return hasEnded(status) ? 'good' : 'strong'
}

function markOf(status: ProgressStatus): string {
  if (hasFailed(status)) return '!'
  if (status === 'duplicate') return '='
  return hasEnded(status) ? '✔' : ' '
}
