/**
 * Looks after expectations whose wakeup fell due: asks the provider, looks for the artifact, gives up at the deadline.
 * What is to be done is decided in core; what is learned goes through the same settle transaction as a callback.
 */

import { decideExpectation, isOpen } from '../core/expectation.ts'
import { allFeatures, type Features, subjectOf } from '../core/feature.ts'
import { isInHand } from '../core/in-hand.ts'
import type { Db } from '../db/db.ts'
import { lookAgain, markDispatched, markUnconfirmed } from '../moves/dispatch.ts'
import { expire, isCurrentAttempt, resubmit } from '../moves/giving-up.ts'
import { lookNext } from '../moves/next-look.ts'
import { useRoom } from '../moves/room.ts'
import { recordCheck, type SettleRules } from '../moves/settlement.ts'
import type { Log } from '../observe/log.ts'
import { expectedOf } from '../providers/expected.ts'
import { canBeAsked, type OperationSettings, operationOf, type Source, type Sources } from '../providers/sources.ts'
import type { Breakers } from '../store/breakers.ts'
import { type ExpectationRow, readExpectation } from '../store/expectations.ts'
import { type Room, transact } from '../store/handover.ts'
import { type Claim, finishWakeup } from '../store/wakeups.ts'
import { createAsker } from './asker.ts'
import { type CheckBudgets, noBudgets } from './check-budgets.ts'
import type { Collector } from './collector.ts'
import type { Grip } from './lane.ts'

export interface CheckerOptions {
  db: Db
  room: Room
  sources: Sources
  breakers: Breakers
  collector: Collector
  rules: SettleRules
  /** False: nobody is asked; deadlines hold all the same. */
  asks: boolean
  /** Absent: everybody has everything. */
  features?: Features
  /** Absent: everybody may ask as they come. */
  budgets?: CheckBudgets
  log: Log
}

const interrupted = 'the process that was submitting it went away before the answer was stored'
// 60 s: a source that is not configured (any more) is looked at again in case it comes back.
const SOURCE_AWAY_MS = 60_000

export function createChecker(options: CheckerOptions) {
  const { db, room, sources, breakers, collector, rules, features = allFeatures, budgets = noBudgets, log } = options
  const asker = createAsker({ breakers, collector, features, log })
  const asksFor = (row: ExpectationRow) => options.asks && features.has('recovery', subjectOf(row))

  async function checkExpectation(claim: Claim, { signal }: Grip): Promise<void> {
    const row = await readExpectation(db, claim.subject)
    if (row === null) return finishWakeup(db, claim)
    if (!isOpen(row.state)) return finishWakeup(db, claim)
    // Before its source is looked up: that may not be configured any more.
    if (row.state === 'submitting') return unconfirm(row.id, { reason: interrupted, wasInterrupted: true }, claim)
    const source = sources.get(row.source)
    const settings = source === undefined ? undefined : operationOf(source, row.operation)
    if (source === undefined || settings === undefined) {
      log.warn({ expectationId: row.id, source: row.source }, 'its source or operation is not configured any more')
      if (row.nowMs >= row.deadlineMs) return transact(db, room, (tx, taker) => expire(tx, taker, row.id, claim, rules))
      return transact(db, room, (tx, taker) => lookAgain(tx, taker, row.id, SOURCE_AWAY_MS, claim))
    }
    // Nobody knows whether the provider took it: perhaps the provider knows, by our own id.
    if (row.state === 'unconfirmed' && (await foundByOurId(row, source, settings, claim, signal))) return
    if (row.state === 'unconfirmed') await passOverdueRoomOn(row, settings)
    const decision = decideExpectation(
      {
        state: row.state,
        submittedAtMs: row.submittedAtMs ?? row.registeredAtMs,
        expectByMs: row.expectByMs,
        deadlineMs: row.deadlineMs,
        isTraceable: row.externalId !== null || row.parameters.artifactUrl !== null,
        isCurrentAttemptOfJob: row.state === 'unconfirmed' && (await isCurrentAttempt(db, row)),
        resubmit: settings.resubmit,
        plan: settings.plan,
      },
      row.nowMs,
    )
    switch (decision.kind) {
      case 'leave':
        return finishWakeup(db, claim)
      case 'unconfirm':
        return unconfirm(row.id, decision, claim)
      case 'wait': {
        // Where it can be looked up, that is done as often as a status would be asked for.
        const isLookedUp = row.state === 'unconfirmed' && source.api.find !== undefined
        const afterMs = isLookedUp ? Math.min(decision.afterMs, lookAfter(row, settings, true)) : decision.afterMs
        return transact(db, room, (tx, taker) => lookAgain(tx, taker, row.id, afterMs, claim))
      }
      case 'expire':
        return transact(db, room, (tx, taker) => expire(tx, taker, row.id, claim, rules))
      case 'resubmit':
        return transact(db, room, (tx, taker) => resubmit(tx, taker, row.id, claim, rules))
      case 'check':
        return check(row, source, settings, claim, decision.last, signal)
      default:
        return decision satisfies never
    }
  }

  /** Past its time, an unconfirmed attempt counts no more: whoever waits for its room is let in. */
  async function passOverdueRoomOn(row: ExpectationRow, { concurrency }: OperationSettings): Promise<void> {
    if (concurrency === undefined || isInHand(row.state, row)) return
    await transact(db, room, (tx, taker) => useRoom(tx, taker, row, concurrency))
  }

  function unconfirm(
    expectationId: string,
    { reason, wasInterrupted }: { reason: string; wasInterrupted?: boolean },
    claim: Claim,
  ): Promise<void> {
    return transact(db, room, (tx, taker) =>
      markUnconfirmed(tx, taker, { expectationId, reason, wasInterrupted, claim }),
    )
  }

  async function check(
    row: ExpectationRow,
    source: Source,
    settings: OperationSettings,
    claim: Claim,
    isLast: boolean,
    signal: AbortSignal,
  ): Promise<void> {
    const isAsked = asksFor(row) && canBeAsked(source)
    // At the deadline there is no later: one last check is owed to each.
    const putOffMs = isAsked && !isLast ? await budgets.take(source.id, source.api.list !== undefined) : 0
    if (putOffMs > 0) {
      const afterMs = Math.min(Math.max(0, row.deadlineMs - row.nowMs), putOffMs)
      return transact(db, room, (tx, taker) => lookAgain(tx, taker, row.id, afterMs, claim))
    }
    const finding = isAsked ? await asker.ask(row, source, signal) : null
    await transact(db, room, async (tx, taker) => {
      if (finding !== null) {
        const { origin, claim: found, detail } = finding
        const recorded = await recordCheck(
          tx,
          taker,
          { expectationId: row.id, origin, trusted: true, claim: found, detail },
          rules,
        )
        // Settled by this or by what came meanwhile: its wakeup is gone with it.
        if (recorded?.settlement.relation !== 'inconclusive') return
      }
      if (isLast) return expire(tx, taker, row.id, claim, rules)
      const untilDeadline = Math.max(0, row.deadlineMs - row.nowMs)
      const knownAtMs = finding?.claim.verdict === 'pending' ? row.nowMs : undefined
      const plannedMs = lookAfter(row, settings, isAsked, knownAtMs)
      const afterMs = Math.min(untilDeadline, Math.max(plannedMs, finding?.retryAfterMs ?? 0))
      return lookAgain(tx, taker, row.id, afterMs, claim)
    })
  }

  /** Whether the provider knows the work by our own id: then it did take it, and it is not submitted again. */
  async function foundByOurId(
    row: ExpectationRow,
    source: Source,
    settings: OperationSettings,
    claim: Claim,
    signal: AbortSignal,
  ): Promise<boolean> {
    const found = await lookUp(row, source, signal)
    if (found === null) return false
    await transact(db, room, (tx, taker) =>
      markDispatched(
        tx,
        taker,
        {
          expectationId: row.id,
          source: source.id,
          externalId: found.externalId,
          claim,
          nextLookMs: (current) => lookAfter(current, settings, asksFor(row) && canBeAsked(source)),
        },
        rules,
      ),
    )
    return true
  }

  async function lookUp(row: ExpectationRow, source: Source, signal: AbortSignal) {
    if (!asksFor(row) || !source.enabled || source.api.find === undefined) return null
    try {
      return await source.api.find(expectedOf(row), signal)
    } catch (error) {
      if (signal.aborted) throw error
      log.error({ expectationId: row.id, source: source.id, err: error }, 'the provider’s code failed when looking up')
      return null
    }
  }

  function lookAfter(row: ExpectationRow, { plan }: OperationSettings, canCheck: boolean, knownAtMs?: number): number {
    return lookNext(row, { plan, canCheck, knownAtMs, learning: rules.learning }).afterMs
  }

  return { checkExpectation }
}
