/**
 * One piece of evidence about one expectation: the settle transaction of `reports.ts` for callers that have just one. The
 * decision is core's; callback, check, artifact, response and operator all come through there.
 */
import type { Settlement } from '../core/settle.ts'
import type { Tx } from '../db/db.ts'
import type { ExpectationRow } from '../store/expectations.ts'
import type { Taker } from '../store/wakeups.ts'
import type { NewEvidenceOf, SettleRules } from './report.ts'
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
  return reported?.kind === 'evidence' ? reported : null
}
