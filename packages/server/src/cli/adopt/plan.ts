/** Decides for each stuck job whether it can be taken over, and how it would be recovered. Pure: reads and writes nothing. */
import type { Source } from '@becket/client'
import { fillArtifact } from './artifact-address.ts'
import { type Mapping, meaningOf } from './meaning.ts'
import type { StuckJob } from './stuck-job.ts'

export interface PlanOptions {
  sources: readonly Source[]
  mappings: readonly Mapping[]
  /** The source of all, where it is said. */
  source: string | null
  /** With {names} of fields in it. */
  artifact: string | null
}

export interface Takeover {
  job: StuckJob
  key: string
  source: string
  operation: string
  artifact: string | null
  /** `check`: the provider is asked, and its storage where that has nothing to say. `artifact`: only the storage can tell. */
  recovery: 'check' | 'artifact'
}

export interface Refusal {
  job: StuckJob
  recovery: 'cannot'
  reason: string
}

export type PlanEntry = Takeover | Refusal

// Its results lie under an id of its own, and nowhere else.
const byItsOwnId: ReadonlySet<string> = new Set(['llamaparse', 'piapi', 'openai', 'elevenlabs'])

export function planTakeover(jobs: readonly StuckJob[], options: PlanOptions): PlanEntry[] {
  const seen = new Map<string, StuckJob>()
  return jobs.map((job) => {
    const entry = planOne(job, options)
    if (entry.recovery === 'cannot' || job.externalId === null) return entry
    const place = `${entry.source} ${job.externalId}`
    const other = seen.get(place)
    seen.set(place, other ?? job)
    return other === undefined
      ? entry
      : cannot(job, `job ${other.id} has the same external id; one of the two rows is wrong`)
  })
}

function planOne(job: StuckJob, options: PlanOptions): PlanEntry {
  if (job.obstacle !== null) return cannot(job, job.obstacle)
  const meaning = meaningOf(job.type, options)
  if (meaning.kind === 'unknown') return cannot(job, meaning.reason)
  const { source, operation } = meaning
  const address = options.artifact === null ? null : fillArtifact(options.artifact, job)
  const common = { job, key: `adopted:${job.id}`, source: source.id, operation }
  if (job.externalId !== null) {
    return { ...common, artifact: address?.kind === 'url' ? address.url : null, recovery: 'check' }
  }
  const noId = 'its row has no external id, so that the provider cannot be asked about it'
  if (address === null) return cannot(job, `${noId}; say where its output would lie by --artifact, or run it again`)
  if (address.kind === 'lacking') return cannot(job, `${noId}, and ${address.reason}; run it again`)
  if (byItsOwnId.has(source.provider)) {
    const other = 'give --source one of the provider http'
    return cannot(job, `${noId}, and ${source.provider} finds results by its own id only; ${other}, or run it again`)
  }
  return { ...common, artifact: address.url, recovery: 'artifact' }
}

function cannot(job: StuckJob, reason: string): Refusal {
  return { job, recovery: 'cannot', reason }
}

export function takeoversOf(plan: readonly PlanEntry[]): Takeover[] {
  return plan.flatMap((entry) => (entry.recovery === 'cannot' ? [] : [entry]))
}
