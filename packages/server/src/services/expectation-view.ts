/** An expectation as the API shows it. */
import type { Expectation, ExpectationSummary } from '@becket/client/contract'
import { isOpen } from '../core/expectation.ts'
import { allFeatures, type Features, subjectOf } from '../core/feature.ts'
import { historySinceMs } from '../core/retention.ts'
import { whyLook } from '../moves/next-look.ts'
import type { SettleRules } from '../moves/settlement.ts'
import { canBeAsked, operationOf, type Source, type Sources } from '../providers/sources.ts'
import type { EvidenceRow } from '../store/evidence.ts'
import type { Ahead } from '../store/expectation-reads.ts'
import type { ExpectationRow, ExpectationWithOutcome } from '../store/expectations.ts'
import { time, timeOrNull } from './paging.ts'

export function expectationView(options: {
  sources: Sources
  asks: boolean
  features?: Features
  rules?: SettleRules
  callbackUrl(source: Source, expectationId: string): string | undefined
  /** How long evidence is kept; absent: for ever. */
  evidenceKeptMs?: number
}) {
  const { sources, asks, features = allFeatures, rules, evidenceKeptMs = Number.POSITIVE_INFINITY } = options

  function summary(row: ExpectationRow & Ahead): ExpectationSummary {
    const source = sources.get(row.source)
    const isPending = isOpen(row.state)
    return {
      id: row.id,
      source: row.source,
      operation: row.operation,
      key: row.key,
      attempt: row.attempt,
      state: row.state,
      externalId: row.externalId,
      callbackUrl: source === undefined ? null : (options.callbackUrl(source, row.id) ?? null),
      jobId: row.jobId,
      registeredAt: time(row.registeredAtMs),
      submittedAt: timeOrNull(row.submittedAtMs),
      expectBy: time(row.expectByMs),
      deadline: time(row.deadlineMs),
      checks: row.checks,
      nextCheckAt: isPending ? timeOrNull(row.nextDueMs) : null,
      nextCheckWhy: isPending ? whyThen(row, source) : null,
      settledAt: timeOrNull(row.settledAtMs),
      settledBy: row.settledBy,
      prunedAt: timeOrNull(row.prunedAtMs),
      error: row.error,
    }
  }

  function whyThen(row: ExpectationRow & { nextDueMs: number | null }, source: Source | undefined): string {
    if (row.state === 'registered') return 'registered: waits to be told that it was dispatched'
    if (row.state === 'submitting') return 'the provider is being called'
    const settings = source === undefined ? undefined : operationOf(source, row.operation)
    if (source === undefined || settings === undefined) return 'its source is not configured any more'
    if (row.state === 'unconfirmed') {
      return 'nobody knows whether the provider took it: a callback settles it, or its operation’s `resubmit` decides'
    }
    const canCheck = asks && features.has('recovery', subjectOf(row)) && canBeAsked(source)
    // Where the plan does not tell of this check any more, what is said for now is as true.
    const knownAtMs = row.checks > 0 ? row.nowMs : undefined
    return whyLook(row, { plan: settings.plan, canCheck, knownAtMs, learning: rules?.learning }, row.nextDueMs)
  }

  function full(row: ExpectationWithOutcome & Ahead, evidence: readonly EvidenceRow[]): Expectation {
    return {
      ...summary(row),
      outcome: row.outcome === null ? null : JSON.parse(row.outcome.toString('utf8')),
      evidence: evidence.map((piece) => ({
        ...piece,
        observedAt: time(piece.observedAt),
        providerTime: timeOrNull(piece.providerTime),
      })),
      evidenceSince: timeOrNull(historySinceMs(row.registeredAtMs, evidenceKeptMs, row.nowMs)),
    }
  }

  return { summary, full }
}
