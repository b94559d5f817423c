/**
 * One piece of evidence about one expectation: the settle transaction of `reports.ts` for callers that have just one. The
 * decision is core's; callback, check, artifact, response and operator all come through there.
 */
import type { Settlement } from '../core/settle.ts'
import type { Tx } from '../db/db.ts'
import { lockExpectations } from '../store/expectation-batches.ts'
import { countCheck, type ExpectationRow } from '../store/expectations.ts'
import type { Taker } from '../store/wakeups.ts'
import type { NewEvidenceOf, Reported, SettleRules } from './report.ts'
import { recordReports } from './reports.ts'

export type { EvidenceClaim, NewEvidenceOf, SettleRules } from './report.ts'

export interface Recorded {
  expectation: ExpectationRow
  settlement: Settlement
}

/** Null when there is no such expectation. */
export async function recordEvidence(
  tx: Tx,
  taker: Taker,
  evidence: NewEvidenceOf,
  rules: SettleRules,
): Promise<Recorded | null> {
  const [reported] = await recordReports(tx, taker, [{ kind: 'evidence', evidence }], rules)
  return recordedIn(reported)
}

/** As `recordEvidence`, of what a check found, which is counted: before it settles, so that whoever waits is told of it too. */
export async function recordCheck(
  tx: Tx,
  taker: Taker,
  evidence: NewEvidenceOf,
  rules: SettleRules,
): Promise<Recorded | null> {
  // All locks in the order of their ids; the count alone would take this one first.
  const locked = await lockExpectations(tx, [evidence.expectationId])
  const row = locked.get(evidence.expectationId)
  if (row === undefined) return null
  await countCheck(tx, row.id)
  locked.set(row.id, { ...row, checks: row.checks + 1 })
  const [reported] = await recordReports(tx, taker, [{ kind: 'evidence', evidence }], rules, locked)
  return recordedIn(reported)
}

function recordedIn(reported: Reported | undefined): Recorded | null {
  return reported?.kind === 'evidence' ? reported : null
}
