/** What `becket health` says of forgetting: how far back what is kept goes, and what stands in its way. */
import type { Health } from '@becket/client/contract'
import type { Output } from './output.ts'

export function printRetention(output: Output, retention: Health['retention']): void {
  if (retention === null || retention.lastRoundAt === null) return
  const { lastRoundAt, error, oldest, unread, busy, isBehind } = retention
  const kept = Object.entries(oldest).map(([table, day]) => `${table} since ${day}`)
  output.line()
  output.facts([
    ['kept', kept.join(', ')],
    ['looked', output.when(lastRoundAt)],
    ['', isBehind ? 'there is more to remove; it goes on' : null],
    ['failed', error && { text: error, tone: 'bad' }],
    ['unread', unread.length === 0 ? null : { text: `${unread.join(', ')}: callbacks nobody has read`, tone: 'bad' }],
    ['in use', busy.length === 0 ? null : `${busy.join(', ')}; tried again`],
  ])
}
