/** The walks of retention: over which table each goes, how late, and what it does there. */
import { ENDS_WITHIN_MS, type Retention } from '../core/retention.ts'
import {
  emptyCalls,
  emptyJobs,
  removeCalls,
  removeDeliveries,
  removeJobs,
  removeUploads,
} from './retention-subjects.ts'
import type { Walk } from './retention-walk.ts'

export function walksFor({ finishedMs, summariesMs, uploadsMs }: Retention): Walk[] {
  const ended = (keptMs: number) => ({ keptMs, afterMs: keptMs + ENDS_WITHIN_MS })
  const job = { table: 'job', kind: 'job' } as const
  const call = { table: 'expectation', kind: 'expectation' } as const
  return [
    { name: 'jobs.emptied', ...job, ...ended(finishedMs), prune: emptyJobs },
    { name: 'calls.emptied', ...call, ...ended(finishedMs), prune: emptyCalls },
    { name: 'deliveries.removed', table: 'outbox', kind: 'delivery', ...ended(finishedMs), prune: removeDeliveries },
    { name: 'jobs.removed', ...job, ...ended(summariesMs), prune: removeJobs },
    { name: 'calls.removed', ...call, ...ended(summariesMs), prune: removeCalls },
    {
      name: 'uploads.removed',
      table: 'document',
      kind: 'document',
      keptMs: uploadsMs,
      afterMs: uploadsMs,
      prune: removeUploads,
    },
  ]
}
