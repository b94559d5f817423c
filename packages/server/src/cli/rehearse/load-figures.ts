/** What a load amounts to, from how each of its jobs ended. Pure. */
import { type EvidenceOrigin, evidenceOrigins } from '@becket/client/contract'

export interface LoadJob {
  /** `job_…`. */
  id: string
  pipeline: string
  /** `complete`; `failed`: for what reason; `unfinished`: when the rehearsal ended, it had not. */
  end: 'complete' | 'failed' | 'unfinished'
  reason: string | null
  /** From the moment it was made until it ended; null where it did not. */
  tookMs: number | null
  /** What settled the work that its providers did for it. */
  settledBy: readonly EvidenceOrigin[]
}

export interface LoadFigures {
  jobs: number
  complete: number
  failed: number
  unfinished: number
  /** Of all, 0 to 1; null without jobs. */
  completionRate: number | null
  /** Of those that ended. */
  tookMs: { median: number; p95: number; worst: number } | null
  /** Ended jobs a second, over the whole run. */
  perSecond: number
  settledBy: Record<EvidenceOrigin, number>
  /** How often each reason was given. */
  reasons: Record<string, number>
}

export function loadFigures(jobs: readonly LoadJob[], durationMs: number): LoadFigures {
  const count = (end: LoadJob['end']) => jobs.filter((job) => job.end === end).length
  const took = jobs.flatMap(({ tookMs }) => (tookMs === null ? [] : [tookMs])).sort((one, other) => one - other)
  const reasons: Record<string, number> = {}
  for (const { reason } of jobs) if (reason !== null) reasons[reason] = (reasons[reason] ?? 0) + 1
  const origins = jobs.flatMap(({ settledBy }) => settledBy)
  const complete = count('complete')
  return {
    jobs: jobs.length,
    complete,
    failed: count('failed'),
    unfinished: count('unfinished'),
    completionRate: jobs.length === 0 ? null : complete / jobs.length,
    tookMs:
      took.length === 0 ? null : { median: quantile(took, 0.5), p95: quantile(took, 0.95), worst: quantile(took, 1) },
    perSecond: durationMs <= 0 ? 0 : (took.length * 1000) / durationMs,
    settledBy: {
      ...noOrigins,
      ...Object.fromEntries(
        evidenceOrigins.map((origin) => [origin, origins.filter((each) => each === origin).length]),
      ),
    },
    reasons,
  }
}

const noOrigins: Record<EvidenceOrigin, number> = { callback: 0, check: 0, artifact: 0, response: 0, operator: 0 }

/** The nearest that was really measured. `sorted` is not empty. */
function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0
}
