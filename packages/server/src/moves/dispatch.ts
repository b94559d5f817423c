/**
 * What becomes of an expectation when its work is handed to the provider: the provider's id is learned and callbacks
 * that came before it are matched, or nobody knows whether the provider took it. Settling is `settlement.ts`.
 */
import { correlationKey } from '../core/correlation.ts'
import { AppError } from '../core/error.ts'
import { isOpen } from '../core/expectation.ts'
import type { Tx } from '../db/db.ts'
import { lockCorrelations } from '../store/correlation-locks.ts'
import { appendEvents } from '../store/events.ts'
import { type ExpectationRow, learnExternalId, lockExpectation, moveExpectation } from '../store/expectations.ts'
import { takeOrphans } from '../store/orphans.ts'
import { type Claim, rescheduleWakeup, type Taker, wake } from '../store/wakeups.ts'

/** What the error of an unconfirmed expectation says where a process of ours was interrupted. */
export const INTERRUPTED = 'INTERRUPTED'

export interface Dispatch {
  expectationId: string
  source: string
  /** Null where the provider gives none: callbacks are matched by their token. */
  externalId: string | null
  /** The expectation's wakeup, where the caller holds it. */
  claim: Claim | null
  /** When to look at it next, by the plan of its operation. */
  nextLookMs: (row: ExpectationRow) => number
}

/** The provider took the work. Answers the row as it was before; null when there is none. */
export async function markDispatched(tx: Tx, taker: Taker, dispatch: Dispatch): Promise<ExpectationRow | null> {
  const { externalId } = dispatch
  const correlation = externalId === null ? null : correlationKey(dispatch.source, externalId)
  if (correlation !== null) await lockCorrelations(tx, [correlation])
  const row = await lockExpectation(tx, dispatch.expectationId)
  if (row === null) return null
  // Once it has ended, the id was perhaps learned from a callback that names its result: no reason to refuse the answer.
  if (isOpen(row.state) && externalId !== null && row.externalId !== null && row.externalId !== externalId) {
    throw new AppError('STATE_CONFLICT', `Expectation ${row.id} was dispatched as ${row.externalId} before`)
  }
  if (row.state === 'registered' || row.state === 'submitting' || row.state === 'unconfirmed') {
    await moveExpectation(tx, row, { state: 'waiting', externalId, correlation })
    const submittedAtMs = row.submittedAtMs ?? row.nowMs
    await lookAgain(tx, taker, row.id, dispatch.nextLookMs({ ...row, submittedAtMs }), dispatch.claim)
    await appendEvents(tx, [{ subject: row.id, jobId: row.jobId, type: 'expectation.waiting', data: { externalId } }])
  } else {
    // The callback was faster than the submit's answer. The id is kept, so that what comes late still finds its place.
    if (externalId !== null && row.externalId === null && correlation !== null) {
      await learnExternalId(tx, row.id, externalId, correlation)
    }
    // Somebody else said so first: the holder puts its wakeup back all the same.
    if (row.state === 'waiting' && dispatch.claim !== null) {
      await rescheduleWakeup(tx, dispatch.claim, dispatch.nextLookMs(row))
    }
  }
  if (correlation !== null) await rematch(tx, taker, await takeOrphans(tx, [correlation]))
  return row
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

/** Asks for the callbacks to be matched again, each in its own wakeup. */
export async function rematch(tx: Tx, taker: Taker, callbackIds: readonly string[]): Promise<void> {
  for (const subject of callbackIds) await wake(tx, { lane: 'callback', subject, rank: 0, afterMs: 0 }, taker)
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
