/**
 * The settle transaction: what is told of one expectation or of many is folded through the reducer, and written with a
 * handful of statements whatever their number: the evidence, the expectations, their jobs, the wakeups, the timeline and the
 * outbox, all in one. Locks expectations, then jobs, then wakeups, each in the order of their ids.
 */
import { correlationKey } from '../core/correlation.ts'
import { isInHand } from '../core/in-hand.ts'
import type { Tx } from '../db/db.ts'
import { lockCorrelations } from '../store/correlation-locks.ts'
import { appendEvents } from '../store/events.ts'
import { lockExpectations, writeExpectations } from '../store/expectation-batches.ts'
import type { ExpectationRow } from '../store/expectations.ts'
import { noteRoom } from '../store/held-back.ts'
import { takeOrphans } from '../store/orphans.ts'
import { type Held, type Later, putBack, wakeLater } from '../store/wakeup-batches.ts'
import { wakeEach } from '../store/wakeup-signals.ts'
import type { Taker } from '../store/wakeups.ts'
import { enqueueExpectationResults } from './deliveries.ts'
import { moveJobOf, outcomeOf } from './job-endings.ts'
import { learnFrom } from './learning.ts'
import { recordedOf } from './recorded.ts'
import { rematch } from './rematch.ts'
import type { Report, Reported, SettleRules } from './report.ts'
import { type Draft, draftOf, fold } from './report-fold.ts'

/**
 * Answers in their order. `locked`: what the caller has locked already, the correlations that are reported and then the
 * expectations; absent, that is done here.
 */
export async function recordReports(
  tx: Tx,
  taker: Taker,
  reports: readonly Report[],
  rules: SettleRules,
  locked?: ReadonlyMap<string, ExpectationRow>,
): Promise<Reported[]> {
  const rows = locked ?? (await lockAll(tx, reports))
  const drafts = new Map<string, Draft>()
  const reported = reports.map((report): Reported => {
    const row = rows.get(idOf(report))
    if (row === undefined) return { kind: 'void' }
    const draft = drafts.get(row.id) ?? draftOf(row)
    drafts.set(row.id, draft)
    const told = fold(draft, report)
    if (told.kind === 'evidence' && report.kind === 'evidence') {
      learnFrom(tx, rules.learning, told.expectation, report.evidence, told.settlement)
    }
    return told
  })
  await write(tx, taker, [...drafts.values()], rules)
  return reported
}

async function lockAll(tx: Tx, reports: readonly Report[]): Promise<ReadonlyMap<string, ExpectationRow>> {
  lockCorrelations(tx, correlationsOf(reports))
  return lockExpectations(tx, [...new Set(reports.map(idOf))])
}

async function write(tx: Tx, taker: Taker, drafts: readonly Draft[], rules: SettleRules): Promise<void> {
  const ends = drafts.flatMap(({ end }) => (end === null ? [] : [end]))
  for (const { before, row } of drafts) {
    if (isInHand(before.state, before) && !isInHand(row.state, before)) noteRoom(tx, before)
  }
  const learned = drafts.flatMap((draft) => (draft.learned === null ? [] : [draft.learned]))
  // Sent together: none needs the others' answers.
  const [atMs, , orphans] = await Promise.all([
    writeExpectations(tx, {
      expectations: drafts.flatMap((draft) => (draft.write === null ? [] : [draft.write])),
      evidence: drafts.flatMap((draft) => draft.evidence),
      endedWakeups: ends.map(({ from }) => from.id),
    }),
    setWakeups(tx, taker, drafts),
    learned.length === 0 ? [] : takeOrphans(tx, learned),
  ])
  // What came by that id alone, before anybody knew whose it was.
  await rematch(tx, taker, orphans)
  await appendEvents(
    tx,
    drafts.flatMap((draft) => draft.events),
  )
  for (const { evidence } of ends) await evidence.effects?.(tx)
  // All jobs before any queue of a sink: a queue is shared by many.
  for (const { from, evidence, state } of [...ends].sort(byJob)) {
    await moveJobOf(tx, taker, from, outcomeOf(from, evidence, state), rules)
  }
  await enqueueExpectationResults(
    tx,
    taker,
    ends.map(({ from, evidence: { claim }, state }) => {
      const output = claim.verdict === 'succeeded' ? claim.output : null
      return { row: from, end: { state, output, error: claim.verdict === 'failed' ? claim.error : null } }
    }),
  )
  tx.afterCommit(() => {
    for (const draft of drafts) rules.recorded?.(draft.before.id, () => recordedOf(draft, atMs))
    for (const { from } of ends) rules.ended?.('expectation', from.id)
  })
}

/** Whose lease was lost reports all the same: what the provider said counts, whoever holds the wakeup by now. */
async function setWakeups(tx: Tx, taker: Taker, drafts: readonly Draft[]): Promise<void> {
  const held: Held[] = []
  const later: Later[] = []
  const now: string[] = []
  for (const { before, look } of drafts) {
    if (look === null) continue
    if (look.claim !== null) held.push({ claim: look.claim, afterMs: look.afterMs })
    else if (look.afterMs > 0) later.push({ subject: before.id, afterMs: look.afterMs })
    else now.push(before.id)
  }
  const done = await putBack(tx, held)
  for (const { claim, afterMs } of held) {
    if (!done.has(claim.subject)) later.push({ subject: claim.subject, afterMs })
  }
  await wakeLater(tx, later)
  await wakeEach(tx, 'expectation', now, taker)
}

export function idOf(report: Report): string {
  return report.kind === 'dispatched' ? report.dispatch.expectationId : report.evidence.expectationId
}

export function correlationsOf(reports: readonly Report[]): Buffer[] {
  return reports.flatMap((report) => {
    if (report.kind !== 'dispatched' || report.dispatch.externalId === null) return []
    return [correlationKey(report.dispatch.source, report.dispatch.externalId)]
  })
}

function byJob(one: { from: { jobId: string | null } }, other: { from: { jobId: string | null } }): number {
  const [left, right] = [one.from.jobId ?? '', other.from.jobId ?? '']
  return left < right ? -1 : left > right ? 1 : 0
}
