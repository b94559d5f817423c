/**
 * Folds what is told of one expectation, piece by piece, into what is to be written: each piece sees what the ones before
 * it did. Decides by the one reducer, `core/settle.ts`; reads and writes nothing.
 */
import { correlationKey } from '../core/correlation.ts'
import { AppError } from '../core/error.ts'
import { expectationTransitions, isOpen } from '../core/expectation.ts'
import { settle } from '../core/settle.ts'
import type { NewEvent } from '../store/events.ts'
import type { NewEvidence } from '../store/evidence.ts'
import type { ExpectationWrite } from '../store/expectation-batches.ts'
import type { ExpectationError, ExpectationRow } from '../store/expectations.ts'
import { newId } from '../store/new-id.ts'
import type { Claim } from '../store/wakeups.ts'
import type { Dispatch, NewEvidenceOf, Report, Reported } from './report.ts'

/** What becomes of one expectation in this transaction, so far. */
export interface Draft {
  /** As it was locked. */
  readonly before: ExpectationRow
  /** As it is to be. */
  row: ExpectationRow
  write: ExpectationWrite | null
  evidence: NewEvidence[]
  events: NewEvent[]
  /** When its wakeup is to come next; null leaves it as it is. */
  look: { afterMs: number; claim: Claim | null } | null
  /** Set once it has ended: by this evidence, out of this state. */
  end: Ending | null
  /** Under which callbacks may have been kept that came before anybody knew whose they were. */
  learned: Buffer | null
}

export interface Ending {
  evidence: NewEvidenceOf
  state: 'succeeded' | 'failed'
  from: ExpectationRow
}

export function draftOf(row: ExpectationRow): Draft {
  return { before: row, row, write: null, evidence: [], events: [], look: null, end: null, learned: null }
}

export function fold(draft: Draft, report: Report): Reported {
  return report.kind === 'dispatched' ? foldDispatch(draft, report.dispatch) : foldEvidence(draft, report.evidence)
}

function foldDispatch(draft: Draft, dispatch: Dispatch): Reported {
  const { row } = draft
  const { externalId, claim, events = [] } = dispatch
  const refusal = refusalOf(row, dispatch)
  if (refusal !== null) return { kind: 'refused', expectation: row, error: refusal }
  const correlation = externalId === null ? null : correlationKey(dispatch.source, externalId)
  if (row.state === 'registered' || row.state === 'submitting' || row.state === 'unconfirmed') {
    change(draft, { state: 'waiting', error: null, isSubmitted: true }, { externalId, correlation })
    const submittedAtMs = row.submittedAtMs ?? row.nowMs
    draft.row = { ...draft.row, submittedAtMs }
    lookAfter(draft, dispatch.nextLookMs({ ...row, submittedAtMs }), claim)
    draft.events.push({
      subject: row.id,
      jobId: row.jobId,
      type: 'expectation.waiting',
      data: { externalId },
    })
  } else {
    // The callback was faster than the submit's answer. The id is kept, so that what comes late still finds its place.
    if (externalId !== null && row.externalId === null) change(draft, {}, { externalId, correlation })
    // Somebody else said so first: the holder puts its wakeup back all the same.
    if (row.state === 'waiting' && claim !== null) lookAfter(draft, dispatch.nextLookMs(row), claim)
  }
  draft.learned = correlation ?? draft.learned
  draft.events.push(...events)
  return { kind: 'dispatched', expectation: row }
}

function refusalOf(row: ExpectationRow, { externalId, isRefusedIfCancelled }: Dispatch): AppError | null {
  // Once it has ended, the id was perhaps learned from a callback that names its result: no reason to refuse the answer.
  if (isOpen(row.state) && externalId !== null && row.externalId !== null && row.externalId !== externalId) {
    return new AppError('STATE_CONFLICT', `Expectation ${row.id} was dispatched as ${row.externalId} before`)
  }
  if (isRefusedIfCancelled !== true || row.state !== 'cancelled') return null
  return new AppError('STATE_CONFLICT', `Expectation ${row.id} is ${row.state} and cannot be dispatched`)
}

function foldEvidence(draft: Draft, evidence: NewEvidenceOf): Reported {
  const { row } = draft
  const { claim } = evidence
  if (evidence.counts?.(row) === false) return { kind: 'void' }
  const isOutOfReach = evidence.needsExternalId === true && row.externalId === null && row.jobId !== null
  const trusted = evidence.trusted && !isOutOfReach
  const settlement = settle(row, { origin: evidence.origin, verdict: claim.verdict, trusted })
  draft.evidence.push({
    id: newId('evidence'),
    expectationId: row.id,
    origin: evidence.origin,
    verdict: claim.verdict,
    relation: settlement.relation,
    detail: claim.verdict === 'failed' ? { ...evidence.detail, error: claim.error } : evidence.detail,
    providerTime: 'providerTime' in claim ? (claim.providerTime ?? null) : null,
    callbackId: evidence.callbackId ?? null,
  })
  const about = { subject: row.id, jobId: row.jobId }
  if (settlement.kind === 'recorded') {
    // A version of its own, though nothing else moves: who knows an open expectation's version knows all that was said of it.
    if (isOpen(row.state)) change(draft, {}, null)
    if (settlement.makesCheckDue) lookAfter(draft, 0, null)
    if (settlement.relation !== 'inconclusive') {
      draft.events.push({
        ...about,
        type: `evidence.${settlement.relation}`,
        severity: settlement.relation === 'contradicting' ? 'warn' : 'info',
        data: { origin: evidence.origin, verdict: claim.verdict, settledBy: row.settledBy },
      })
    }
    return { kind: 'evidence', expectation: row, settlement }
  }
  const error = claim.verdict === 'failed' ? claim.error : null
  const outcome = claim.verdict === 'succeeded' ? outcomeOf(claim.output) : null
  const learned = learnedFrom(row, evidence.externalId ?? null)
  change(
    draft,
    { state: settlement.state, error: error ?? (settlement.state === 'succeeded' ? null : row.error), outcome },
    learned,
    evidence.origin,
  )
  if (learned !== null) draft.learned = learned.correlation
  draft.look = null
  draft.end = { evidence, state: settlement.state, from: row }
  draft.events.push({
    ...about,
    type: settlement.relation === 'revived' ? 'expectation.revived' : `expectation.${settlement.state}`,
    severity: settlement.state === 'failed' ? 'warn' : 'info',
    data: {
      settledBy: evidence.origin,
      attempt: row.attempt,
      afterMs: Math.round(row.nowMs - (row.submittedAtMs ?? row.registeredAtMs)),
      overdueMs: Math.max(0, Math.round(row.nowMs - row.expectByMs)),
    },
  })
  return { kind: 'evidence', expectation: row, settlement }
}

function learnedFrom(row: ExpectationRow, externalId: string | null) {
  // A provider that echoes our own id has not told us its own: that comes with the answer to the submit.
  if (externalId === null || externalId === row.id || row.externalId !== null) return null
  return { externalId, correlation: correlationKey(row.source, externalId) }
}

/** One step more along the transition table, or one thing more that is known. */
function change(
  draft: Draft,
  to: {
    state?: ExpectationWrite['state']
    error?: ExpectationError | null
    isSubmitted?: boolean
    outcome?: Buffer | null
  },
  known: { externalId: string | null; correlation: Buffer | null } | null,
  settledBy: ExpectationWrite['settledBy'] = null,
): void {
  const { row, before, write } = draft
  const { state = row.state, error = row.error } = to
  if (to.state !== undefined && !expectationTransitions[row.state].includes(state)) {
    throw new Error(`expectation ${row.id} cannot move from ${row.state} to ${state}`)
  }
  const externalId = row.externalId ?? known?.externalId ?? null
  draft.row = { ...row, state, error, externalId, settledBy: settledBy ?? row.settledBy }
  draft.write = {
    id: row.id,
    fromVersion: before.version,
    version: before.version + 1,
    state,
    isSubmitted: write?.isSubmitted === true || to.isSubmitted === true,
    isSettled: write?.isSettled === true || settledBy !== null,
    settledBy: settledBy ?? row.settledBy,
    outcome: to.outcome ?? write?.outcome ?? null,
    error,
    externalId,
    correlation: (row.externalId === null ? known?.correlation : null) ?? write?.correlation ?? null,
  }
}

/** The earlier of what is asked for; whoever holds the wakeup puts it back. */
function lookAfter(draft: Draft, afterMs: number, claim: Claim | null): void {
  const { look } = draft
  draft.look = { afterMs: Math.min(afterMs, look?.afterMs ?? afterMs), claim: claim ?? look?.claim ?? null }
}

/** Of an output that is none, nothing is kept. */
function outcomeOf(output: unknown): Buffer | null {
  const text: string | undefined = JSON.stringify(output)
  return text === undefined ? null : Buffer.from(text)
}
