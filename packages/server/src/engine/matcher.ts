/**
 * Reads callbacks that were not settled as they came in, finds the expectation that each one means, and takes it to the
 * settle transaction. What nobody knows how to read is quarantined; what matches nothing is kept as an orphan until its
 * expectation appears. The short way is `intake-settler.ts`.
 */
import { type CorrelationCandidate, correlationCandidates, correlationKey, keyHash } from '../core/correlation.ts'
import { isOpen } from '../core/expectation.ts'
import type { Db, Queryable, Tx } from '../db/db.ts'
import { recordEvidence, type SettleRules } from '../moves/settlement.ts'
import type { Log } from '../observe/log.ts'
import type { Reading } from '../providers/provider.ts'
import { adapterOf, type Source, type Sources } from '../providers/sources.ts'
import { type CallbackRow, readCallback, setFate } from '../store/callbacks.ts'
import { lockCorrelations } from '../store/correlation-locks.ts'
import { appendEvents } from '../store/events.ts'
import { findByCorrelation, findByKeyHash, findLatestOfJob, readExpectation } from '../store/expectations.ts'
import { type Room, transact } from '../store/handover.ts'
import { keepOrphan } from '../store/orphans.ts'
import { type Claim, finishWakeup, type Taker, wake } from '../store/wakeups.ts'
import { claimOf, fateOf, inboundOf, isTrusted, needsExternalId, ORPHANED, reasonOf } from './callback-reading.ts'
import type { Collector } from './collector.ts'
import type { Grip } from './lane.ts'
import { MAX_LAPSES } from './stage-runner.ts'

export interface MatcherOptions {
  db: Db
  room: Room
  sources: Sources
  rules: SettleRules
  collector: Collector
  log: Log
}

export function createMatcher({ db, room, sources, rules, collector, log }: MatcherOptions) {
  async function matchCallback(claim: Claim, { signal }: Pick<Grip, 'signal'>): Promise<void> {
    const callback = await readCallback(db, claim.subject)
    if (callback === null) return finishWakeup(db, claim)
    const source = sources.get(callback.source)
    const told: Reading =
      source === undefined
        ? { kind: 'unreadable', reason: `source ${callback.source} is not configured any more` }
        : claim.lapses >= MAX_LAPSES
          ? { kind: 'unreadable', reason: `reading it failed ${claim.lapses} times in a row` }
          : source.api.read(inboundOf(callback))
    const reading = source === undefined ? told : await completed(callback, source, told, signal)
    const fate = await transact(db, room, (tx, taker) => match(tx, taker, callback, reading, claim))
    log.info({ callbackId: callback.id, source: callback.source, verdict: callback.verdict, ...fate }, 'callback')
  }

  async function match(tx: Tx, taker: Taker, callback: CallbackRow, reading: Reading, claim: Claim) {
    const { candidates, operations } = namedBy(callback, reading)
    const correlations = correlationsOf(callback.source, candidates, operations)
    // A statement of its own, before anybody looks: see correlation-locks.ts.
    await lockCorrelations(tx, correlations)
    const expectationId = await findExpectation(tx, callback, candidates, operations)
    await finishWakeup(tx, claim)
    if (reading.kind === 'unreadable') return quarantine(tx, taker, callback, reading.reason, expectationId)
    if (expectationId === null) {
      await keepOrphan(tx, callback.id, correlations)
      await setFate(tx, callback.id, 'orphan', ORPHANED, null)
      return { fate: 'orphan' as const }
    }
    const recorded = await recordEvidence(
      tx,
      taker,
      {
        expectationId,
        origin: 'callback',
        trusted: isTrusted(callback),
        claim: claimOf(reading),
        detail: { verdict: callback.verdict },
        callbackId: callback.id,
        externalId: reading.externalId,
        needsExternalId: needsExternalId(reading),
      },
      rules,
    )
    if (recorded === null) throw new Error(`expectation ${expectationId} was found and is gone`)
    // Read again, it repeats itself: what became of it then still holds.
    const isReplay = callback.fate === 'matched' && recorded.settlement.relation === 'duplicate'
    if (isReplay) return { fate: callback.fate, relation: recorded.settlement.relation, expectationId }
    const fate = fateOf(recorded.settlement)
    await setFate(tx, callback.id, fate, reasonOf(callback, reading, recorded.settlement), expectationId)
    return { fate, relation: recorded.settlement.relation, expectationId }
  }

  /** A success that is believed and only names its result, with the result. Read without a lock: what it means is judged later. */
  async function completed(
    callback: CallbackRow,
    source: Source,
    reading: Reading,
    signal: AbortSignal,
  ): Promise<Reading> {
    if (reading.kind !== 'outcome' || source.api.collect === undefined || !isTrusted(callback)) return reading
    const { candidates, operations } = namedBy(callback, reading)
    const id = await findExpectation(db, callback, candidates, operations)
    const row = id === null ? null : await readExpectation(db, id)
    if (row === null || !isOpen(row.state)) return reading
    return { ...reading, outcome: await collector.complete(row, source, reading.outcome, signal) }
  }

  function namedBy(callback: CallbackRow, reading: Reading) {
    const candidates = correlationCandidates({
      tokenExpectationId: callback.tokenExpectation,
      payloadExternalId: reading.kind === 'unreadable' ? null : reading.externalId,
      hints: callback.hints,
    })
    return { candidates, operations: Object.keys(sources.get(callback.source)?.operations ?? {}) }
  }

  /** A shape that no adapter knows settles nothing; but something happened, so the provider is asked. */
  async function quarantine(tx: Tx, taker: Taker, callback: CallbackRow, reason: string, expectationId: string | null) {
    const source = sources.get(callback.source)
    const adapter = source === undefined ? null : adapterOf(source)
    await setFate(tx, callback.id, 'quarantined', reason, expectationId, adapter)
    await appendEvents(tx, [
      {
        subject: expectationId ?? callback.id,
        jobId: null,
        type: 'callback.quarantined',
        severity: 'warn',
        data: { callbackId: callback.id, source: callback.source, adapter, reason },
      },
    ])
    const row = expectationId === null ? null : await readExpectation(tx, expectationId)
    if (row !== null && isOpen(row.state)) {
      await wake(tx, { lane: 'expectation', subject: row.id, rank: 0, afterMs: 0 }, taker)
    }
    // The reason quotes the callback, and so is kept with it, not logged.
    return { fate: 'quarantined' as const }
  }

  return { matchCallback }
}

/** What an expectation that comes later could be found by: the provider's id, or the caller's key. */
function correlationsOf(
  source: string,
  candidates: readonly CorrelationCandidate[],
  operations: readonly string[],
): Buffer[] {
  return candidates.flatMap((candidate) => {
    if (candidate.by === 'external-id') return [correlationKey(source, candidate.externalId)]
    if (candidate.by !== 'key') return []
    const named = candidate.operation === null ? operations : [candidate.operation]
    return named.map((operation) => keyHash(source, operation, candidate.key))
  })
}

async function findExpectation(
  db: Queryable,
  callback: CallbackRow,
  candidates: readonly CorrelationCandidate[],
  operations: readonly string[],
): Promise<string | null> {
  for (const candidate of candidates) {
    const found = await resolve(db, callback, candidate, operations)
    if (found !== null) return found
  }
  return null
}

async function resolve(
  db: Queryable,
  callback: CallbackRow,
  candidate: CorrelationCandidate,
  operations: readonly string[],
): Promise<string | null> {
  switch (candidate.by) {
    case 'expectation': {
      const row = await readExpectation(db, candidate.expectationId)
      return row?.source === callback.source ? row.id : null
    }
    case 'external-id':
      return findByCorrelation(db, correlationKey(callback.source, candidate.externalId))
    case 'key':
      for (const operation of candidate.operation === null ? operations : [candidate.operation]) {
        const found = await findByKeyHash(db, keyHash(callback.source, operation, candidate.key))
        if (found !== null) return found
      }
      return null
    case 'job':
      return findLatestOfJob(db, candidate.jobId, callback.source)
    default:
      return candidate satisfies never
  }
}
