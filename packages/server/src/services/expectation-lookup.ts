/** Looks expectations up: those that are asked for at the same moment in one round, each with its evidence. */
import { isId } from '../core/id.ts'
import { createBatch } from '../db/batch.ts'
import type { Db } from '../db/db.ts'
import type { EvidenceRow } from '../store/evidence.ts'
import { type ExpectationAhead, readEvidenceOf, readExpectationsAhead } from '../store/expectation-reads.ts'

export interface LookedUp {
  row: ExpectationAhead
  /** Oldest first. */
  evidence: readonly EvidenceRow[]
}

// 100: outcomes may be large, and whoever asks for one waits for all.
const MAX_ITEMS = 100
const PARALLEL = 2

export function createExpectationLookup({ db }: { db: Db }): (id: string) => Promise<LookedUp | null> {
  const batch = createBatch<string, LookedUp | null>({
    maxItems: MAX_ITEMS,
    maxBytes: MAX_ITEMS,
    parallel: PARALLEL,
    sizeOf: () => 1,
    // Whoever asks holds a request open all the same; many wait for one end, and ask in the same moment.
    maxPendingItems: Number.POSITIVE_INFINITY,
    maxPendingBytes: Number.POSITIVE_INFINITY,
    async run(ids) {
      const [rows, evidence] = await Promise.all([readExpectationsAhead(db, ids), readEvidenceOf(db, ids)])
      return ids.map((id) => {
        const row = rows.get(id)
        return row === undefined ? null : { row, evidence: evidence.get(id) ?? [] }
      })
    },
    isPoison: () => false,
  })
  return async (id) => (isId('expectation', id) ? batch.add(id) : null)
}
