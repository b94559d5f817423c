/** What failed, what the rehearsal had done to it, and what its user reads. */
import type { DemoItem } from './demo-result.ts'
import { type Paint, shortName, visible, wrap } from './terminal-text.ts'

export function failureLines(items: readonly DemoItem[], paint: Paint, columns: number): string[] {
  const width = Math.min(Math.max(columns, 40), 100) - 5
  const lines: string[] = []
  for (const { file, ending, faults } of items) {
    if (ending.kind !== 'failed') continue
    const reference = ending.supportId === null ? '' : ` (Reference: ${visible(ending.supportId)})`
    lines.push(`  ${shortName(file, 44)}  ${paint('notable', visible(ending.code))}`)
    for (const line of wrap(`${ending.reads}${reference}`, width)) lines.push(`    ${line}`)
    if (faults.length > 0) lines.push(paint('faint', `    faults on the way: ${visible(faults.join(', '))}`))
  }
  return lines.length === 0 ? [] : [paint('strong', 'What failed, and what its user reads'), ...lines]
}
