/** What would be taken over, and how it ended, as tables for people and as JSON for programs. */
import { outcomeOf } from '@becket/client'
import { describeDuration } from '../../core/duration.ts'
import { type Output, stateCell } from '../output.ts'
import { type PlanEntry, takeoversOf } from './plan.ts'
import type { Adopted } from './takeover.ts'

export function planJson(plan: readonly PlanEntry[], nowMs: number) {
  return plan.map((entry) => {
    const { id, type, status, externalId, sinceMs } = entry.job
    const job = { job: id, type, status, externalId, since: new Date(sinceMs).toISOString(), ageMs: nowMs - sinceMs }
    if (entry.recovery === 'cannot') return { ...job, recovery: entry.recovery, reason: entry.reason }
    const { recovery, key, source, operation, artifact } = entry
    return { ...job, recovery, key, source, operation, artifact }
  })
}

export function printPlan(output: Output, plan: readonly PlanEntry[], nowMs: number): void {
  output.table(
    ['job', 'type', 'status', 'age', 'source', 'operation', 'external id', 'recovered by'],
    plan.map((entry) => {
      const { job, recovery } = entry
      const place = recovery === 'cannot' ? [null, null] : [entry.source, entry.operation]
      const how = recovery === 'cannot' ? { text: 'cannot', tone: 'bad' as const } : recovery
      return [job.id, job.type, job.status, describeDuration(nowMs - job.sinceMs), ...place, job.externalId, how]
    }),
  )
  printRefusals(output, plan)
}

function printRefusals(output: Output, plan: readonly PlanEntry[]): void {
  const refusals = plan.flatMap((entry) => (entry.recovery === 'cannot' ? [entry] : []))
  if (refusals.length === 0) return
  output.line()
  output.line(`${jobs(refusals.length)} cannot be taken over:`)
  for (const { job, reason } of refusals) output.facts([[`  ${job.id}`, reason]])
}

export function printDryRun(output: Output, plan: readonly PlanEntry[]): void {
  const count = takeoversOf(plan).length
  output.line()
  output.line(
    count === 0
      ? 'Nothing was changed, and there is nothing to take over.'
      : `Nothing was changed. Take over ${jobs(count)}: the same command with --yes`,
  )
}

export function adoptedJson(adopted: readonly Adopted[]) {
  return adopted.map((each) => {
    const { job, key } = each.takeover
    if (each.kind === 'refused') return { job: job.id, key, state: 'refused', code: each.code, message: each.message }
    const { id, state, settledBy, outcome, error } = each.expectation
    return { job: job.id, key, isNew: each.isNew, expectation: id, state, settledBy, outcome, error }
  })
}

export function printAdopted(output: Output, adopted: readonly Adopted[]): void {
  output.table(
    ['job', 'expectation', 'state', 'by', 'why'],
    adopted.map((each) => {
      const { id } = each.takeover.job
      if (each.kind === 'refused') return [id, null, stateCell('refused'), null, each.message]
      const { expectation } = each
      return [id, expectation.id, stateCell(expectation.state), expectation.settledBy, whyOf(each)]
    }),
  )
  const { succeeded, failed, open, refused, known } = countAdopted(adopted)
  output.line()
  const parts = [`${succeeded} succeeded`, `${failed} failed`, `${open} still open`, `${refused} refused`]
  output.line(`${jobs(adopted.length)}: ${parts.join(', ')}${known === 0 ? '' : `; ${known} were taken over before`}`)
  if (open > 0) output.line('The server goes on with those that are open: becket expectations list --state waiting')
}

function whyOf({ expectation }: Adopted & { kind: 'registered' }): string | null {
  if (expectation.error !== null) return `${expectation.error.code}: ${expectation.error.message}`
  return outcomeOf(expectation) === null ? expectation.nextCheckWhy : null
}

export function countAdopted(adopted: readonly Adopted[]) {
  const registered = adopted.flatMap((each) => (each.kind === 'registered' ? [each] : []))
  const outcomes = registered.map(({ expectation }) => outcomeOf(expectation))
  const open = outcomes.filter((outcome) => outcome === null).length
  const succeeded = outcomes.filter((outcome) => outcome?.state === 'succeeded').length
  return {
    succeeded,
    failed: registered.length - open - succeeded,
    open,
    refused: adopted.length - registered.length,
    known: registered.filter(({ isNew }) => !isNew).length,
  }
}

function jobs(count: number): string {
  return count === 1 ? '1 job' : `${count} jobs`
}
