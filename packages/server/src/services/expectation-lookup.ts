/** Looks expectations up: those that are asked for at the same moment in one statement, each with its evidence. */
import { isId } from '../core/id.ts'
import { createBatch } from '../db/batch.ts'
import type { Db } from '../db/db.ts'
import { type ExpectationStory, readStories } from '../store/expectation-reads.ts'

// 100: outcomes may be large, and whoever asks for one waits for all.
const MAX_ITEMS = 100
const PARALLEL = 2

export function createExpectationLookup({ db }: { db: Db }): (id: string) => Promise<ExpectationStory | null> {
  const batch = createBatch<string, ExpectationStory | null>({
    maxItems: MAX_ITEMS,
    maxBytes: MAX_ITEMS,
    parallel: PARALLEL,
    sizeOf: () => 1,
    // Whoever asks holds a request open all the same; many wait for one end, and ask in the same moment.
    maxPendingItems: Number.POSITIVE_INFINITY,
    maxPendingBytes: Number.POSITIVE_INFINITY,
    async run(ids) {
      const stories = await readStories(db, ids)
      return ids.map((id) => stories.get(id) ?? null)
    },
    isPoison: () => false,
  })
  return async (id) => (isId('expectation', id) ? batch.add(id) : null)
}
