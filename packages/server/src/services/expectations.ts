/** What applications and operators do with expectations. Each act is one transaction, and leaves its trace on the timeline. */

import type {
  Cancel,
  Dispatched,
  Expectation,
  ExpectationQuery,
  ExpectationSummary,
  ExtendRequest,
  NotSubmitted,
  Page,
  RegisterExpectationRequest,
  SettleRequest,
} from '@becket/client/contract'
import { correlationKey, keyHash } from '../core/correlation.ts'
import { digestOf } from '../core/digest.ts'
import { AppError } from '../core/error.ts'
import { isOpen, nextLook } from '../core/expectation.ts'
import type { Db, Tx } from '../db/db.ts'
import { canBeAsked, type OperationSettings, operationOf, type Source, type Sources } from '../providers/sources.ts'
import { lockCorrelations } from '../store/correlation-locks.ts'
import { markDispatched, rematch } from '../store/dispatch.ts'
import { appendEvents } from '../store/events.ts'
import { readEvidence } from '../store/evidence.ts'
import {
  type ExpectationRow,
  insertExpectation,
  listExpectations,
  lockExpectation,
  moveDeadline,
  moveExpectation,
  readExpectationAhead,
  readLatestAttempt,
} from '../store/expectations.ts'
import { type Room, transact } from '../store/handover.ts'
import { newId } from '../store/new-id.ts'
import { takeOrphans } from '../store/orphans.ts'
import { recordEvidence, type SettleRules } from '../store/settlement.ts'
import { removeWakeups, type Taker, wake } from '../store/wakeups.ts'
import type { Endings } from './endings.ts'
import { expectationView } from './expectation-view.ts'
import { pageOf } from './paging.ts'
import { byOf, type Principal, type Wait } from './principal.ts'

export interface ExpectationServiceOptions {
  db: Db
  room: Room
  sources: Sources
  rules: SettleRules
  endings: Endings
  asks: boolean
  callbackUrl(source: Source, expectationId: string): string | undefined
}

export function createExpectationService(options: ExpectationServiceOptions) {
  const { db, room, sources, rules, endings } = options
  const view = expectationView(options)

  async function register(
    request: RegisterExpectationRequest,
    by: Principal,
  ): Promise<{ expectation: Expectation; created: boolean }> {
    const { source, settings } = requireOperation(sources, request.source, request.operation)
    const parameters = {
      expectWithinMs: request.expectWithin ?? settings.expectWithinMs,
      deadlineMs: request.deadline ?? Math.max(settings.deadlineMs, request.expectWithin ?? 0),
      artifactUrl: requireFetchable(source, request.artifact),
      input: request.input ?? null,
    }
    if (parameters.deadlineMs < parameters.expectWithinMs) {
      throw new AppError('REQUEST_INVALID', '`deadline` is earlier than `expectWithin`')
    }
    const externalId = request.externalId ?? null
    const hash = keyHash(source.id, request.operation, request.key)
    const parametersHash = digestOf('becket parameters', [JSON.stringify([parameters, externalId])])
    const correlation = externalId === null ? null : correlationKey(source.id, externalId)
    // Twice: whoever loses the race for the key reads what the winner wrote.
    for (let round = 0; round < 2; round++) {
      const latest = await readLatestAttempt(db, hash)
      if (latest !== null && request.attempt !== 'new') {
        if (latest.parametersHash.equals(parametersHash)) {
          return { expectation: await show(latest.id), created: false }
        }
        throw new AppError('KEY_REUSED', `Expectation ${latest.id} has the key ${request.key} and other parameters`)
      }
      const id = newId('expectation')
      const made = await transact(db, room, async (tx, taker) => {
        if (correlation !== null) await lockCorrelations(tx, [correlation])
        const row = await insertExpectation(tx, {
          id,
          source: source.id,
          operation: request.operation,
          key: request.key,
          keyHash: hash,
          attempt: (latest?.attempt ?? 0) + 1,
          jobId: null,
          stage: null,
          state: externalId === null ? 'registered' : 'waiting',
          parameters,
          parametersHash,
          externalId,
          correlation,
        })
        if (row === null) return false
        const afterMs = externalId === null ? parameters.expectWithinMs : lookAfter(row, source, settings)
        await wake(tx, { lane: 'expectation', subject: id, rank: 0, afterMs }, null)
        await appendEvents(tx, [
          { subject: id, jobId: null, type: 'expectation.registered', data: { attempt: row.attempt, ...byOf(by) } },
        ])
        if (correlation !== null) await rematch(tx, taker, await takeOrphans(tx, correlation))
        return true
      })
      if (made) return { expectation: await show(id), created: true }
    }
    throw new AppError('CONFLICT', `Several callers register new attempts of ${request.key} at once`, {
      retryable: true,
    })
  }

  function lookAfter(row: ExpectationRow, source: Source, settings: OperationSettings): number {
    const submittedAtMs = row.submittedAtMs ?? row.nowMs
    const canCheck = options.asks && canBeAsked(source)
    return nextLook({ ...row, submittedAtMs, plan: settings.plan, canCheck }, row.nowMs).afterMs
  }

  async function dispatched(id: string, request: Dispatched, by: Principal): Promise<Expectation | null> {
    const before = await readExpectationAhead(db, id)
    if (before === null) return null
    const { source, settings } = requireOperation(sources, before.source, before.operation)
    await transact(db, room, async (tx, taker) => {
      const row = await markDispatched(tx, taker, {
        expectationId: id,
        source: source.id,
        externalId: request.externalId,
        claim: null,
        nextLookMs: (current) => lookAfter(current, source, settings),
      })
      if (row?.state === 'cancelled') throw conflict(row, 'be dispatched')
      await trace(tx, id, 'expectation.dispatched', by, { externalId: request.externalId })
    })
    return show(id)
  }

  async function notSubmitted(id: string, request: NotSubmitted, by: Principal): Promise<Expectation | null> {
    return change(id, async (tx, _taker, row) => {
      if (row.state !== 'registered' && row.state !== 'unconfirmed') throw conflict(row, 'be called not submitted')
      const error = { code: 'NOT_SUBMITTED', message: request.reason, retryable: true }
      await moveExpectation(tx, row, { state: 'cancelled', error })
      await removeWakeups(tx, 'expectation', [id])
      await trace(tx, id, 'expectation.not-submitted', by, { reason: request.reason })
    })
  }

  async function check(id: string, by: Principal): Promise<Expectation | null> {
    return change(id, async (tx, taker, row) => {
      if (!isOpen(row.state)) throw conflict(row, 'be checked')
      await wake(tx, { lane: 'expectation', subject: id, rank: 0, afterMs: 0 }, taker)
      await trace(tx, id, 'expectation.check-asked', by, {})
    })
  }

  async function extend(id: string, request: ExtendRequest, by: Principal): Promise<Expectation | null> {
    return change(id, async (tx, _taker, row) => {
      if (!isOpen(row.state)) throw conflict(row, 'be extended')
      const deadlineMs =
        request.deadline === undefined
          ? Math.max(row.deadlineMs, row.nowMs) + (request.by ?? 0)
          : Date.parse(request.deadline)
      if (deadlineMs <= row.nowMs) throw new AppError('REQUEST_INVALID', 'The new deadline lies in the past')
      await moveDeadline(tx, id, deadlineMs)
      const deadline = new Date(deadlineMs).toISOString()
      await trace(tx, id, 'expectation.extended', by, { deadline, reason: request.reason })
    })
  }

  async function settleByHand(id: string, request: SettleRequest, by: Principal): Promise<Expectation | null> {
    return change(id, async (tx, taker, row) => {
      const recorded = await recordEvidence(
        tx,
        taker,
        {
          expectationId: id,
          origin: 'operator',
          trusted: true,
          claim:
            request.verdict === 'succeeded'
              ? { verdict: 'succeeded', output: request.output ?? null }
              : {
                  verdict: 'failed',
                  error: request.error ?? { code: 'SETTLED_BY_OPERATOR', message: request.reason, retryable: false },
                },
          detail: { reason: request.reason, ...byOf(by) },
        },
        rules,
      )
      if (recorded?.settlement.kind !== 'settled') throw conflict(row, 'be settled')
    })
  }

  async function cancel(id: string, request: Cancel, by: Principal): Promise<Expectation | null> {
    return change(id, async (tx, _taker, row) => {
      if (!isOpen(row.state)) throw conflict(row, 'be cancelled')
      if (row.jobId !== null) {
        throw new AppError('STATE_CONFLICT', `Expectation ${id} belongs to job ${row.jobId}`, {
          hint: `Cancel the job instead: becket jobs cancel ${row.jobId}`,
        })
      }
      await moveExpectation(tx, row, {
        state: 'cancelled',
        error: { code: 'CANCELLED', message: request.reason, retryable: false },
      })
      await removeWakeups(tx, 'expectation', [id])
      await trace(tx, id, 'expectation.cancelled', by, { reason: request.reason })
    })
  }

  /** One act on one locked expectation. */
  async function change(
    id: string,
    act: (tx: Tx, taker: Taker, row: ExpectationRow) => Promise<void>,
  ): Promise<Expectation | null> {
    const isKnown = await transact(db, room, async (tx, taker) => {
      const locked = await lockExpectation(tx, id)
      if (locked === null) return false
      await act(tx, taker, locked.row)
      return true
    })
    return isKnown ? show(id) : null
  }

  async function show(id: string): Promise<Expectation> {
    const shown = await get(id, { waitMs: 0, signal: AbortSignal.abort() })
    if (shown === null) throw new Error(`expectation ${id} was there a moment ago`)
    return shown
  }

  async function get(id: string, wait: Wait): Promise<Expectation | null> {
    const row = await readExpectationAhead(db, id)
    if (row === null) return null
    if (wait.waitMs > 0 && isOpen(row.state)) {
      await endings.wait('expectation', id, wait)
      return get(id, { ...wait, waitMs: 0 })
    }
    return view.full(row, await readEvidence(db, id))
  }

  async function list(query: ExpectationQuery): Promise<Page<ExpectationSummary>> {
    const rows = await listExpectations(db, {
      source: query.source ?? null,
      operation: query.operation ?? null,
      key: query.key ?? null,
      states: query.state ?? null,
      jobId: query.jobId ?? null,
      overdue: query.overdue ?? null,
      before: query.cursor ?? null,
      limit: query.limit,
    })
    return pageOf(rows, query.limit, view.summary)
  }

  return { register, list, get, dispatched, notSubmitted, check, extend, settle: settleByHand, cancel }
}

async function trace(tx: Tx, id: string, type: string, by: Principal, data: Record<string, unknown>): Promise<void> {
  await appendEvents(tx, [{ subject: id, jobId: null, type, data: { ...data, ...byOf(by) } }])
}

function conflict(row: ExpectationRow, what: string): AppError {
  return new AppError('STATE_CONFLICT', `Expectation ${row.id} is ${row.state} and cannot ${what}`)
}

function requireOperation(sources: Sources, sourceId: string, operation: string) {
  const source = sources.get(sourceId)
  if (source === undefined) {
    throw new AppError('SOURCE_UNKNOWN', `No source ${sourceId}; there are ${[...sources.keys()].join(', ') || 'none'}`)
  }
  const settings = operationOf(source, operation)
  if (settings === undefined) {
    const known = Object.keys(source.operations).join(', ') || 'none'
    throw new AppError('OPERATION_UNKNOWN', `Source ${sourceId} has no operation ${operation}; it has ${known}`)
  }
  return { source, settings }
}

function requireFetchable(source: Source, artifact: string | undefined): string | null {
  if (artifact === undefined) return null
  if (source.mayFetch(artifact)) return artifact
  throw new AppError(
    'REQUEST_INVALID',
    `Source ${source.id} may not fetch artifacts from ${new URL(artifact).origin}`,
    {
      hint: `Add the origin to sources.${source.id}.allow in becket.yaml.`,
    },
  )
}
