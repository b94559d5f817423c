/** Whether the Airtable tells the same as the jobs: of each job that ended, exactly once, with its status and its size. */
import type { DemoItem, DemoRow } from './demo-result.ts'

export function accountRows(items: readonly DemoItem[], rows: readonly DemoRow[]): { file: string; problem: string }[] {
  const byRun = grouped(rows)
  return items.flatMap((item) => {
    const problem = judge(item, item.jobId === null ? [] : (byRun.get(item.jobId) ?? []))
    return problem === null ? [] : [{ file: item.file, problem }]
  })
}

function grouped(rows: readonly DemoRow[]): Map<string, DemoRow[]> {
  const groups = new Map<string, DemoRow[]>()
  for (const row of rows) groups.set(row.runId, [...(groups.get(row.runId) ?? []), row])
  return groups
}

function judge({ jobId, ending, bytes }: DemoItem, rows: readonly DemoRow[]): string | null {
  // A duplicate, and what was refused, has no job of its own; what has not ended is told of elsewhere.
  if (jobId === null || ending.kind === 'unfinished' || ending.kind === 'duplicate') return null
  const [row, ...others] = rows
  if (row === undefined) return 'has no row in the Airtable'
  if (others.length > 0) return `has ${rows.length} rows in the Airtable`
  const status = ending.kind === 'failed' ? 'failed' : 'completed'
  if (row.status !== status) return `is ${row.status ?? 'without a status'} in the Airtable, and ${status} here`
  if (ending.kind !== 'kept') return null
  if (row.bytes !== bytes) return `has ${row.bytes ?? 'no'} bytes in the Airtable, and ${bytes} here`
  return row.attachedBytes === bytes
    ? null
    : `has ${row.attachedBytes ?? 'no'} bytes attached in the Airtable of ${bytes}`
}
