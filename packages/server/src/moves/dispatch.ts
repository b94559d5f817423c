/**
 * What becomes of an expectation when its work is handed to the provider: the provider took it, see `reports.ts` for what
 * that means, or nobody knows whether it did.
 */
import type { Tx } from '../db/db.ts'
import { appendEvents } from '../store/events.ts'
import { type ExpectationRow, lockExpectation, moveExpectation } from '../store/expectations.ts'
import { type Claim, rescheduleWakeup, type Taker, wake } from '../store/wakeups.ts'
import type { Dispatch, SettleRules } from './report.ts'
import { recordReports } from './reports.ts'

/** What the error of an unconfirmed expectation says where a process of ours was interrupted. */
export const INTERRUPTED = 'INTERRUPTED'

/** The provider took the work. Answers the row as it was before; null when there is none. Throws STATE_CONFLICT. */
export async function markDispatched(
  tx: Tx,
  taker: Taker,
  dispatch: Dispatch,
  rules: SettleRules,
): Promise<ExpectationRow | null> {
  const [reported] = await recordReports(tx, taker, [{ kind: 'dispatched', dispatch }], rules)
  if (reported?.kind === 'refused') throw reported.error
  return reported?.kind === 'dispatched' ? reported.expectation : null
}

/** Nobody knows whether the provider took the work. It is never blindly submitted again. */
export async function markUnconfirmed(
  tx: Tx,
  taker: Taker,
  unconfirmed: {
    expectationId: string
    reason: string
    /** A process of ours went away before it knew the answer; otherwise the answer left it open. */
    wasInterrupted?: boolean
    claim: Claim | null
  },
): Promise<void> {
  const row = await lockExpectation(tx, unconfirmed.expectationId)
  if (row === null) return
  if (row.state !== 'registered' && row.state !== 'submitting') return
  const error = { code: INTERRUPTED, message: unconfirmed.reason, retryable: true }
  await moveExpectation(tx, row, { state: 'unconfirmed', error: unconfirmed.wasInterrupted === true ? error : null })
  await lookAgain(tx, taker, row.id, Math.max(0, row.expectByMs - row.nowMs), unconfirmed.claim)
  await appendEvents(tx, [
    {
      subject: row.id,
      jobId: row.jobId,
      type: 'expectation.unconfirmed',
      severity: 'warn',
      data: { reason: unconfirmed.reason, attempt: row.attempt },
    },
  ])
}

/** The holder of the wakeup moves it; anybody else signals it. */
export async function lookAgain(
  tx: Tx,
  taker: Taker,
  expectationId: string,
  afterMs: number,
  claim: Claim | null,
): Promise<void> {
  if (claim !== null) return rescheduleWakeup(tx, claim, afterMs)
  return wake(tx, { lane: 'expectation', subject: expectationId, rank: 0, afterMs }, taker)
}
