/** What opening a transaction, and nothing in it, tells about the login. Whether the tables fit, only a delivery tells. */
import type { KeyProof } from '../../core/key-proof.ts'
import { redactText } from '../../core/redact.ts'
import { sqlState } from '../../db/sql-error.ts'
import type { Target } from './target.ts'

export async function pingTarget(target: Target, signal: AbortSignal): Promise<KeyProof> {
  try {
    await target.transaction(async () => {}, signal)
    return { kind: 'ok', note: 'it lets us in, and whether its tables fit was not asked' }
  } catch (error) {
    const said = error instanceof Error ? error.message || error.name : String(error)
    const reason = `the database said: ${redactText(said)}`
    // 28: it refused the login. Anything else says nothing of it.
    return { kind: sqlState(error)?.startsWith('28') === true ? 'key-rejected' : 'unavailable', reason }
  }
}
