/** What reading one row of a table tells about the key. */
import type { KeyProof } from '../../core/key-proof.ts'
import type { Table } from './table.ts'

export async function pingTable(table: Table, signal: AbortSignal): Promise<KeyProof> {
  const asked = await table.sample(signal)
  if (asked.kind === 'done')
    return { kind: 'ok', note: 'it may read the table, and whether it may write was not asked' }
  if (asked.kind === 'refused') return { kind: 'unavailable', reason: `Airtable: ${asked.refusal.message}` }
  const { answer } = asked
  if (answer.kind !== 'retry') return { kind: 'unavailable', reason: 'reason' in answer ? answer.reason : answer.kind }
  // What is no fault of Airtable's is said of who asks: the key, or what it may see.
  const kind = answer.isFault === true ? 'unavailable' : 'key-rejected'
  return { kind, reason: answer.error.message }
}
