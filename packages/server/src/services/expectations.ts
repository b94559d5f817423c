/** What applications do with expectations: they register them, say that they were dispatched, and ask how they stand. */
import type {
  Dispatched,
  Expectation,
  ExpectationQuery,
  ExpectationSummary,
  Page,
  RegisterExpectationRequest,
} from '@becket/client/contract'
import { correlationKey, keyHash } from '../core/correlation.ts'
import { digestOf } from '../core/digest.ts'
import { AppError } from '../core/error.ts'
import { isOpen } from '../core/expectation.ts'
import { allFeatures, type Features, subjectOf } from '../core/feature.ts'
import type { Db } from '../db/db.ts'
import { orderingOfExpectation } from '../moves/deliveries.ts'
import { markDispatched } from '../moves/dispatch.ts'
import { lookNext } from '../moves/next-look.ts'
import { rematch } from '../moves/rematch.ts'
import type { SettleRules } from '../moves/settlement.ts'
import { lookBeforeSubmit } from '../providers/artifact-before.ts'
import { expectedOf } from '../providers/expected.ts'
import { canBeAsked, type OperationSettings, operationOf, type Source, type Sources } from '../providers/sources.ts'
import { destinationsOf, type Sinks } from '../sinks/sinks.ts'
import { keepArtifactBefore } from '../store/artifact-before.ts'
import { lockCorrelations } from '../store/correlation-locks.ts'
import { appendEvents } from '../store/events.ts'
import { readEvidence } from '../store/evidence.ts'
import { listExpectations, readExpectationAhead } from '../store/expectation-reads.ts'
import { type ExpectationRow, insertExpectation, readLatestAttempt } from '../store/expectations.ts'
import { type Room, transact } from '../store/handover.ts'
import { newId } from '../store/new-id.ts'
import { takeOrphans } from '../store/orphans.ts'
import { wake } from '../store/wakeups.ts'
import type { Endings } from './endings.ts'
import { createExpectationActs, traceOf } from './expectation-acts.ts'
import { expectationView } from './expectation-view.ts'
import { pageOf } from './paging.ts'
import { byOf, type Principal, type Wait } from './principal.ts'

export interface ExpectationServiceOptions {
  db: Db
  room: Room
  sources: Sources
  sinks: Sinks
  rules: SettleRules
  endings: Endings
  asks: boolean
  /** Absent: everybody has everything. */
  features?: Features
  callbackUrl(source: Source, expectationId: string): string | undefined
  /** How long evidence is kept; absent: for ever. */
  evidenceKeptMs?: number
}

export function createExpectationService(options: ExpectationServiceOptions) {
  const { db, room, sources, sinks, rules, endings, features = allFeatures } = options
  const view = expectationView(options)

  async function register(
    request: RegisterExpectationRequest,
    by: Principal,
  ): Promise<{ expectation: Expectation; created: boolean }> {
    const { source, settings } = requireOperation(sources, request.source, request.operation)
    const ordering = orderingOfExpectation({ source: source.id, operation: request.operation, key: request.key })
    const parameters = {
      expectWithinMs: request.expectWithin ?? settings.expectWithinMs,
      deadlineMs: request.deadline ?? Math.max(settings.deadlineMs, request.expectWithin ?? 0),
      artifactUrl: requireFetchable(source, request.artifact),
      input: request.input ?? null,
      ...(request.deliverTo === undefined ? {} : { deliverTo: destinationsOf(sinks, request.deliverTo, ordering) }),
    }
    if (parameters.deadlineMs < parameters.expectWithinMs) {
      throw new AppError('REQUEST_INVALID', '`deadline` is earlier than `expectWithin`')
    }
    const externalId = request.externalId ?? null
    const hash = keyHash(source.id, request.operation, request.key)
    // What was asked for, not what configuration made of it: a new default does not make the same request another one.
    const { expectWithin = null, deadline = null, artifact = null, input = null } = request
    const asked: unknown[] = [expectWithin, deadline, artifact, input, externalId]
    if (request.deliverTo !== undefined) asked.push(request.deliverTo)
    if (request.submittedAt !== undefined) asked.push({ submittedAt: request.submittedAt })
    const parametersHash = digestOf('becket parameters', [JSON.stringify(asked)])
    const correlation = externalId === null ? null : correlationKey(source.id, externalId)
    // What a callback that came early may have been kept by.
    const known = correlation === null ? [hash] : [hash, correlation]
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
        await lockCorrelations(tx, known)
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
          submittedAtMs: request.submittedAt === undefined ? null : Date.parse(request.submittedAt),
        })
        if (row === null) return false
        const afterMs = externalId === null ? parameters.expectWithinMs : lookAfter(row, source, settings)
        await wake(tx, { lane: 'expectation', subject: id, rank: 0, afterMs }, null)
        const data = { attempt: row.attempt, ...features.noteFor(id), ...byOf(by) }
        await appendEvents(tx, [{ subject: id, jobId: null, type: 'expectation.registered', data }])
        await rematch(tx, taker, await takeOrphans(tx, known))
        return true
      })
      if (made) {
        // Once it was submitted, what lies there may be the output itself.
        if (externalId === null && request.submittedAt === undefined) await noteArtifactBefore(id, source)
        return { expectation: await show(id), created: true }
      }
    }
    throw new AppError('CONFLICT', `Several callers register new attempts of ${request.key} at once`, {
      retryable: true,
    })
  }

  /** Before the caller hears of the registration, and so before it can call the provider. */
  async function noteArtifactBefore(id: string, source: Source): Promise<void> {
    const row = options.asks ? await readExpectationAhead(db, id) : null
    const before = row === null ? null : await lookBeforeSubmit(source, expectedOf(row))
    if (before !== null) await keepArtifactBefore(db, id, before)
  }

  function lookAfter(row: ExpectationRow, source: Source, settings: OperationSettings): number {
    const canCheck = options.asks && features.has('recovery', subjectOf(row)) && canBeAsked(source)
    return lookNext(row, { plan: settings.plan, canCheck, learning: rules.learning }).afterMs
  }

  async function dispatched(id: string, request: Dispatched, by: Principal): Promise<Expectation | null> {
    const before = await readExpectationAhead(db, id)
    if (before === null) return null
    const { source, settings } = requireOperation(sources, before.source, before.operation)
    await transact(db, room, async (tx, taker) => {
      await markDispatched(
        tx,
        taker,
        {
          expectationId: id,
          source: source.id,
          externalId: request.externalId,
          claim: null,
          nextLookMs: (current) => lookAfter(current, source, settings),
          isRefusedIfCancelled: true,
          events: [traceOf(id, 'expectation.dispatched', by, { externalId: request.externalId })],
        },
        rules,
      )
    })
    return show(id)
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

  return { register, list, get, dispatched, ...createExpectationActs({ db, room, rules, show }) }
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
