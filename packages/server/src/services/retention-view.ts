/** Retention as health shows it: how the last round went, and how far back what is kept goes. */
import type { Health } from '@becket/client/contract'
import { z } from 'zod'
import type { RetentionStanding } from '../store/retention-standing.ts'
import { timeOrNull } from './paging.ts'

/** As the pruner writes it down; a round that failed says why, and nothing else. */
const roundSchema = z.object({
  isBehind: z.boolean().default(false),
  oldest: z.record(z.string(), z.string()).default({}),
  unread: z.array(z.string()).default([]),
  busy: z.array(z.string()).default([]),
  error: z.string().nullable().default(null),
})

export function retentionView({ endedAt, succeeded, detail, removed }: RetentionStanding): Health['retention'] {
  const { success, data } = roundSchema.safeParse(detail ?? {})
  const round = success ? data : roundSchema.parse({ error: 'the last round was written down by another release' })
  return { lastRoundAt: timeOrNull(endedAt), succeeded, removed, ...round }
}
