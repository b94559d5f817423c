/**
 * Settles callbacks as they come in, in the transaction that stores them: those that name their expectation, and say all
 * there is to know; what proves nothing has the provider asked. One that can only mean an expectation that is not there is
 * kept as an orphan at once. The rest, and whatever it stumbles over, is left to `matcher.ts`.
 */
import { correlationCandidates, correlationKey } from '../core/correlation.ts'
import type { Tx } from '../db/db.ts'
import { keyOfExternalId, type Settler } from '../intake/group-commit.ts'
import type { NewEvidenceOf, Report, Reported, SettleRules } from '../moves/report.ts'
import { correlationsOf, idOf, recordReports } from '../moves/reports.ts'
import type { Log } from '../observe/log.ts'
import type { Reading } from '../providers/provider.ts'
import type { Sources } from '../providers/sources.ts'
import type { Fate, NewCallback } from '../store/callbacks.ts'
import { lockCorrelations } from '../store/correlation-locks.ts'
import { lockNamed } from '../store/expectation-batches.ts'
import type { ExpectationRow } from '../store/expectations.ts'
import { keepOrphans } from '../store/orphans.ts'
import type { Taker } from '../store/wakeups.ts'
import { evidenceOf, fateOf, inboundOf, isTrusted, mayMoveJob, ORPHANED, reasonOf } from './callback-reading.ts'

/** A callback that can be settled at once, if its expectation is there. */
export interface StraightCallback {
  callback: NewCallback
  reading: Exclude<Reading, { kind: 'unreadable' }>
  /** The expectation that its token names, or what the provider calls it. */
  names: { expectationId: string } | { externalId: string; correlation: Buffer }
  /** Of the provider's id as it says it, whatever it is named by. */
  says: { externalId: string; correlation: Buffer } | null
  /** There is no other way to find its expectation. */
  isOnlyWay: boolean
  /** A success that only names its result is brought home first, unless a job does that. */
  isThin: boolean
}

type Told = Parameters<Settler<StraightCallback>['settle']>[2]

// 8: a job takes some statements of its own, and all who came with it wait for them. The others are matched after it.
const MAX_JOBS = 8

export function createIntakeSettler({
  sources,
  rules,
  log,
}: {
  sources: Sources
  rules: SettleRules
  log: Log
}): Settler<StraightCallback> {
  function read(callback: NewCallback): StraightCallback | null {
    const source = sources.get(callback.source)
    if (source === undefined) return null
    let reading: Reading
    try {
      reading = source.api.read(inboundOf(callback))
    } catch (error) {
      // It is stored all the same, and read again where a failure has its place.
      log.warn({ callbackId: callback.id, source: source.id, err: error }, 'the provider’s code failed when reading')
      return null
    }
    if (reading.kind === 'unreadable') return null
    const named = namedBy(callback, reading)
    if (named === null) return null
    const isSuccess = reading.kind === 'outcome' && reading.outcome.verdict === 'succeeded'
    const isThin = source.api.collect !== undefined && isSuccess && isTrusted(callback)
    return { callback, reading, ...named, isThin }
  }

  function keysOf({ callback, names, says }: StraightCallback): string[] {
    const keys = 'expectationId' in names ? [names.expectationId] : [keyOfExternalId(callback.source, names.externalId)]
    if (says !== null) keys.push(keyOfExternalId(callback.source, says.externalId))
    return keys
  }

  async function settle(
    tx: Tx,
    taker: Taker,
    { straight, fresh, reports }: Told,
  ): Promise<{ fates: Map<string, Fate>; reported: Reported[] }> {
    const correlations = straight.flatMap(({ names }) => ('correlation' in names ? [names.correlation] : []))
    // Also what is learned: a callback that came by that id alone is looked for once it is.
    const said = straight.flatMap(({ says }) => (says === null ? [] : [says.correlation]))
    const dispatched = correlationsOf(reports)
    // A statement of its own, before anybody looks: see correlation-locks.ts.
    lockCorrelations(tx, [...correlations, ...said, ...dispatched])
    const tokens = straight.flatMap(({ names }) => ('expectationId' in names ? [names.expectationId] : []))
    const ids = [...new Set([...reports.map(idOf), ...tokens])]
    const [{ rows: locked, byCorrelation }, isFresh] = await Promise.all([lockNamed(tx, { ids, correlations }), fresh])
    let jobs = 0
    const hasRoomFor = (row: ExpectationRow) => row.jobId === null || ++jobs <= MAX_JOBS
    const named = straight.flatMap((candidate) => {
      const { names } = candidate
      const expectationId =
        'expectationId' in names ? names.expectationId : byCorrelation.get(names.correlation.toString('base64'))
      return expectationId === undefined ? [] : [{ ...candidate, expectationId }]
    })
    const found = named.filter(({ callback }) => isFresh.has(callback.id))
    const evidence = found.map((candidate) => straightEvidenceOf(candidate, hasRoomFor))
    // In the order of their happening: who submitted may be told of the answer before the callback is.
    const all: Report[] = [...reports, ...evidence.map((piece) => ({ kind: 'evidence' as const, evidence: piece }))]
    const reported = await recordReports(tx, taker, all, rules, locked)
    // What is learned in this very batch is looked for by the matcher: an orphan kept now would be overlooked.
    const learnable = straight.flatMap(({ names, says }) =>
      'correlation' in names || says === null ? [] : [says.correlation],
    )
    const known = new Set([...learnable, ...dispatched].map((correlation) => correlation.toString('base64')))
    for (const correlation of byCorrelation.keys()) known.add(correlation)
    const isThere = ({ names }: StraightCallback) =>
      'correlation' in names ? known.has(names.correlation.toString('base64')) : locked.has(names.expectationId)
    const early = straight.filter(
      (candidate) => candidate.isOnlyWay && isFresh.has(candidate.callback.id) && !isThere(candidate),
    )
    keepEarly(tx, early)
    const fates = new Map(early.map(({ callback }): [string, Fate] => [callback.id, ORPHAN]))
    for (const [index, { callback, reading, expectationId }] of found.entries()) {
      const outcome = reported[reports.length + index]
      if (outcome?.kind !== 'evidence') continue
      const { settlement } = outcome
      const fate = fateOf(settlement)
      fates.set(callback.id, { fate, reason: reasonOf(callback, reading, settlement), expectationId })
      const facts = { callbackId: callback.id, source: callback.source, verdict: callback.verdict, fate, expectationId }
      tx.afterCommit(() => log.debug({ ...facts, relation: settlement.relation }, 'callback'))
    }
    return { fates, reported: reported.slice(0, reports.length) }
  }

  return { read, keysOf, settle }
}

const ORPHAN: Fate = { fate: 'orphan', reason: ORPHANED, expectationId: null }

/** Whoever learns of the provider's id finds them. Whose token names what is not there can be found by nobody. */
function keepEarly(tx: Tx, early: readonly StraightCallback[]): void {
  const orphans = early.flatMap(({ callback, names }) =>
    'correlation' in names ? [{ callbackId: callback.id, correlation: names.correlation }] : [],
  )
  if (orphans.length > 0) keepOrphans(tx, orphans)
}

/** The surest way only; where that leads nowhere, the others are tried by the matcher. */
function namedBy(
  callback: NewCallback,
  reading: { externalId: string | null },
): Pick<StraightCallback, 'names' | 'says' | 'isOnlyWay'> | null {
  const [candidate, ...others] = correlationCandidates({
    tokenExpectationId: callback.tokenExpectation,
    payloadExternalId: reading.externalId,
    hints: callback.hints,
  })
  const isOnlyWay = others.length === 0
  const called = (externalId: string) => ({ externalId, correlation: correlationKey(callback.source, externalId) })
  const says = reading.externalId === null ? null : called(reading.externalId)
  if (candidate?.by === 'expectation') return { names: { expectationId: candidate.expectationId }, says, isOnlyWay }
  if (candidate?.by !== 'external-id') return null
  const { externalId } = candidate
  return { names: says?.externalId === externalId ? says : called(externalId), says, isOnlyWay }
}

function straightEvidenceOf(
  { callback, reading, isThin, expectationId }: StraightCallback & { expectationId: string },
  hasRoomFor: (row: ExpectationRow) => boolean,
): NewEvidenceOf {
  return {
    ...evidenceOf(callback, reading, expectationId),
    counts: (row) =>
      row.source === callback.source &&
      !(isThin && row.jobId === null) &&
      (!mayMoveJob({ callback, reading }) || hasRoomFor(row)),
  }
}
