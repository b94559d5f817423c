/**
 * Registers expectations: once for a key, before the provider is called. Whoever asks for it has the provider called here,
 * once the registration is committed.
 */
import type { RegisterExpectationRequest } from '@becket/client/contract'
import { correlationKey, keyHash } from '../core/correlation.ts'
import { digestOf } from '../core/digest.ts'
import { AppError } from '../core/error.ts'
import { allFeatures, type Features } from '../core/feature.ts'
import type { Db } from '../db/db.ts'
import type { Caller } from '../engine/caller.ts'
import { orderingOfExpectation } from '../moves/deliveries.ts'
import { type Expected, type Expecting, expectAll } from '../moves/expecting.ts'
import { lookBeforeSubmit } from '../providers/artifact-before.ts'
import { expectedOf } from '../providers/expected.ts'
import type { OperationSettings, Source, Sources } from '../providers/sources.ts'
import { destinationsOf, type Sinks } from '../sinks/sinks.ts'
import { keepArtifactBefore } from '../store/artifact-before.ts'
import { lockCorrelations } from '../store/correlation-locks.ts'
import {
  type ExpectationParameters,
  type ExpectationRow,
  type LatestAttempt,
  readLatestAttempt,
} from '../store/expectations.ts'
import { type Room, transact } from '../store/handover.ts'
import { countInHand, lockRoom } from '../store/held-back.ts'
import { newId } from '../store/new-id.ts'
import { requireOperation } from './operations.ts'
import { byOf, type Principal } from './principal.ts'
import { createRegistrations } from './registrations.ts'

export interface RegisteringOptions {
  db: Db
  room: Room
  sources: Sources
  sinks: Sinks
  asks: boolean
  /** Absent: everybody has everything. */
  features?: Features
  /** Calls providers for who asks for it; absent: nobody does here. */
  caller?: Caller
  lookAfter(row: ExpectationRow, source: Source, settings: OperationSettings): number
}

export type Registered =
  | { created: false; id: string }
  /** `called` resolves when the provider's answer is recorded; null where the caller calls the provider. */
  | { created: true; row: ExpectationRow; firstLookMs: number; called: Promise<void> | null }

export function createRegistering(options: RegisteringOptions) {
  const { db, room, sources, sinks, features = allFeatures } = options
  const registrations = createRegistrations({ db, room })

  async function register(request: RegisterExpectationRequest, by: Principal): Promise<Registered> {
    try {
      return await make(request, by)
    } catch (error) {
      // Refused is only what would be new: whoever asks again hears of what is there.
      const isRefused = error instanceof AppError && (error.code === 'UNAVAILABLE' || error.code === 'RATE_LIMITED')
      if (!isRefused || request.attempt === 'new') throw error
      const latest = await readLatestAttempt(db, keyHash(request.source, request.operation, request.key))
      if (latest === null) throw error
      return repeated(latest, request)
    }
  }

  function repeated(latest: LatestAttempt, request: RegisterExpectationRequest): Registered {
    if (latest.parametersHash.equals(hashOf(request))) return { created: false, id: latest.id }
    throw new AppError('KEY_REUSED', `Expectation ${latest.id} has the key ${request.key} and other parameters`)
  }

  async function make(request: RegisterExpectationRequest, by: Principal): Promise<Registered> {
    const { source, settings } = requireOperation(sources, request.source, request.operation)
    const caller = request.submit === true ? requireCaller(source) : null
    const parameters = parametersOf(request, source, settings)
    const externalId = request.externalId ?? null
    const hash = keyHash(source.id, request.operation, request.key)
    const parametersHash = hashOf(request)
    const correlation = externalId === null ? null : correlationKey(source.id, externalId)
    let latest = request.attempt === 'new' ? await readLatestAttempt(db, hash) : null
    // Twice: whoever loses the race for the key reads what the winner wrote.
    for (let round = 0; round < 2; round++) {
      const id = newId('expectation')
      if (caller !== null) await requireAdmission(caller, source, id)
      const expecting: Expecting = {
        expectation: {
          id,
          source: source.id,
          operation: request.operation,
          key: request.key,
          keyHash: hash,
          attempt: (latest?.attempt ?? 0) + 1,
          jobId: null,
          stage: null,
          state: caller !== null ? 'submitting' : externalId === null ? 'registered' : 'waiting',
          parameters,
          parametersHash,
          externalId,
          correlation,
          submittedAtMs: request.submittedAt === undefined ? null : Date.parse(request.submittedAt),
        },
        known: correlation === null ? [hash] : [hash, correlation],
        owner: caller?.owner ?? null,
        firstLookMs: (row) =>
          externalId === null ? parameters.expectWithinMs : options.lookAfter(row, source, settings),
        events: ({ attempt }) => {
          const data = { attempt, ...features.noteFor(id), ...byOf(by) }
          const type = caller === null ? 'expectation.registered' : 'expectation.submitting'
          return [{ subject: id, jobId: null, type, data }]
        },
      }
      const made = await write(expecting, source, settings)
      if (made !== null) return begin(made, request, { caller, source, settings })
      latest = await readLatestAttempt(db, hash)
      if (latest !== null && request.attempt !== 'new') return repeated(latest, request)
    }
    throw new AppError('CONFLICT', `Several callers register new attempts of ${request.key} at once`, {
      retryable: true,
    })
  }

  async function write(expecting: Expecting, source: Source, settings: OperationSettings): Promise<Expected> {
    const { id, operation, parameters } = expecting.expectation
    const { concurrency } = settings
    if (expecting.owner === null || concurrency === undefined || !features.has('concurrency', id)) {
      return registrations.add({ expecting, bytes: JSON.stringify(parameters).length })
    }
    const place = { source: source.id, operation }
    return transact(db, room, async (tx, taker) => {
      // First, since whoever holds it and gives room back would wait for us: see handover.ts.
      lockCorrelations(tx, expecting.known)
      await lockRoom(tx, place)
      if ((await countInHand(tx, place, concurrency)) >= concurrency) {
        throw new AppError(
          'RATE_LIMITED',
          `${source.id} has ${concurrency} of ${operation} in hand, as many as it may`,
          {
            hint: 'Nothing was registered: try again when one of them has ended.',
            retryAfterMs: 1_000,
          },
        )
      }
      const [made = null] = await expectAll(tx, taker, [expecting])
      return made
    })
  }

  async function begin(
    made: NonNullable<Expected>,
    request: RegisterExpectationRequest,
    { caller, source, settings }: { caller: Caller | null; source: Source; settings: OperationSettings },
  ): Promise<Registered> {
    const { row, claim, firstLookMs } = made
    if (caller === null || claim === null) {
      // Once it was submitted, what lies there may be the output itself.
      const mayNote = options.asks && request.externalId === undefined && request.submittedAt === undefined
      if (mayNote) await noteArtifactBefore(row, source)
      return { created: true, row, firstLookMs, called: null }
    }
    const called = caller.call({
      expectation: row,
      claim,
      source,
      input: request.input ?? null,
      nextLookMs: (current) => options.lookAfter(current, source, settings),
    })
    return { created: true, row, firstLookMs, called }
  }

  /** Before the caller hears of the registration, and so before it can call the provider. */
  async function noteArtifactBefore(row: ExpectationRow, source: Source): Promise<void> {
    const before = await lookBeforeSubmit(source, expectedOf(row))
    if (before !== null) await keepArtifactBefore(db, row.id, before)
  }

  function requireCaller(source: Source): Caller {
    const { caller } = options
    if (caller !== undefined && source.enabled && source.api.submit !== undefined) return caller
    const reason = source.enabled ? 'has no way to hand work in' : 'is switched off'
    throw new AppError('REQUEST_INVALID', `Becket cannot call ${source.id} itself: it ${reason}`, {
      hint: 'Leave `submit` out, call the provider yourself, and report `dispatched`; or describe the call in the source.',
    })
  }

  async function requireAdmission(caller: Caller, source: Source, id: string): Promise<void> {
    const refusal = await caller.refusal(source, id)
    if (refusal === null) return
    throw new AppError('UNAVAILABLE', `${source.id} is left alone after ${refusal.reason}`, {
      hint: 'Nothing was registered: try again later.',
      retryable: true,
      retryAfterMs: refusal.retryAfterMs,
    })
  }

  function parametersOf(
    request: RegisterExpectationRequest,
    source: Source,
    settings: OperationSettings,
  ): ExpectationParameters {
    const ordering = orderingOfExpectation({ source: source.id, operation: request.operation, key: request.key })
    const parameters = {
      expectWithinMs: request.expectWithin ?? settings.expectWithinMs,
      deadlineMs: request.deadline ?? Math.max(settings.deadlineMs, request.expectWithin ?? 0),
      artifactUrl: requireFetchable(source, request.artifact),
      input: request.input ?? null,
      ...(request.deliverTo === undefined ? {} : { deliverTo: destinationsOf(sinks, request.deliverTo, ordering) }),
    }
    if (parameters.deadlineMs >= parameters.expectWithinMs) return parameters
    throw new AppError('REQUEST_INVALID', '`deadline` is earlier than `expectWithin`')
  }

  return register
}

/** Of what was asked for, not what configuration made of it: a new default does not make the same request another one. */
function hashOf(request: RegisterExpectationRequest): Buffer {
  const { expectWithin = null, deadline = null, artifact = null, input = null, externalId = null } = request
  const asked: unknown[] = [expectWithin, deadline, artifact, input, externalId]
  if (request.deliverTo !== undefined) asked.push(request.deliverTo)
  if (request.submittedAt !== undefined) asked.push({ submittedAt: request.submittedAt })
  if (request.submit !== undefined) asked.push({ submit: true })
  return digestOf('becket parameters', [JSON.stringify(asked)])
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
