/**
 * Finds the expectations that callbacks mean, and settles what they prove, in one transaction for all that are matched
 * together. What nobody knows how to read is quarantined; what matches nothing is kept as an orphan until its expectation
 * appears. Reading callbacks, and whatever needs the network, comes before it; see `matcher.ts`.
 */
import { isOpen } from '../core/expectation.ts'
import type { Settlement } from '../core/settle.ts'
import type { Tx } from '../db/db.ts'
import type { Report, Reported, SettleRules } from '../moves/report.ts'
import { recordReports } from '../moves/reports.ts'
import type { Reading } from '../providers/provider.ts'
import { adapterOf, type Sources } from '../providers/sources.ts'
import { type KnownFate, setFates } from '../store/callback-fates.ts'
import type { UnreadCallback } from '../store/callback-reads.ts'
import type { Fate } from '../store/callbacks.ts'
import { lockCorrelations } from '../store/correlation-locks.ts'
import { appendEvents } from '../store/events.ts'
import { lockExpectations } from '../store/expectation-batches.ts'
import { findSurest, type Meant, type Way } from '../store/meant-expectations.ts'
import { keepOrphans } from '../store/orphans.ts'
import { finishWakeups } from '../store/wakeup-ends.ts'
import { wakeEach } from '../store/wakeup-signals.ts'
import type { Claim, Taker } from '../store/wakeups.ts'
import { evidenceOf, fateOf, hashesOf, mayMoveJob, ORPHANED, reasonOf } from './callback-reading.ts'

/** A callback that was read, its body left behind. */
export interface ReadCallback {
  callback: Pick<UnreadCallback, 'id' | 'source' | 'verdict' | 'fate'>
  reading: Reading
  /** To its expectation, the surest first. */
  ways: readonly Way[]
  claim: Claim
}

export type Match =
  | { kind: 'matched'; fate: Fate['fate']; relation: Settlement['relation'] | null; expectationId: string | null }
  /** It is the job's turn after those that were before it: to be matched with the next. */
  | { kind: 'put off' }

interface Found extends ReadCallback {
  meant: Meant | null
}

type Readable = Found & { meant: Meant; reading: Exclude<Reading, { kind: 'unreadable' }> }

type Unreadable = Found & { reading: Extract<Reading, { kind: 'unreadable' }> }

interface Became {
  claim: Claim
  fate: KnownFate
  relation: Settlement['relation'] | null
  /** Read again, it repeats itself: what became of it then still holds. */
  isReplay?: boolean
}

// 8, as at intake: a job takes some statements of its own, and what came with it stays locked meanwhile.
const MAX_JOBS = 8

/**
 * Answers by the claim; missing are those that somebody else holds by now, for which nothing was written. What is told of
 * one expectation is recorded in the order in which it was read. Locks correlations, expectations and then wakeups.
 */
export async function matchAll(
  tx: Tx,
  taker: Taker,
  read: readonly ReadCallback[],
  { sources, rules }: { sources: Sources; rules: SettleRules },
): Promise<Map<Claim, Match>> {
  const all = await findAll(tx, read)
  const { present, putOff } = withinJobs(all)
  const named = new Set(present.filter(isReadable).map(({ meant }) => meant.id))
  const [locked, ours] = await Promise.all([
    lockExpectations(tx, [...named]),
    finishWakeups(
      tx,
      'callback',
      present.map(({ claim }) => claim),
    ),
  ])
  const found = present.filter(({ claim }) => ours.has(claim))
  const early = keepEarly(tx, found)
  const readable = found.filter(isReadable)
  const reported = await recordReports(tx, taker, readable.map(reportOf), rules, locked)
  const recorded = readable.map((item, index) => recordedAs(item, reported[index]))
  const unreadable = found.filter(isUnreadable)
  const quarantined = await quarantine(tx, taker, unreadable, sources, endedBy(reported))
  const became = [...early, ...recorded, ...quarantined]
  setFates(
    tx,
    became.flatMap(({ fate, isReplay }) => (isReplay === true ? [] : [fate])),
  )
  return new Map([
    ...putOff.map(({ claim }): [Claim, Match] => [claim, { kind: 'put off' }]),
    ...became.map(({ claim, fate: { fate, expectationId }, relation }): [Claim, Match] => [
      claim,
      { kind: 'matched', fate, relation, expectationId },
    ]),
  ])
}

/** By the surest of its ways that leads somewhere. */
async function findAll(tx: Tx, read: readonly ReadCallback[]): Promise<Found[]> {
  const each = read.map(({ ways }) => ways)
  // A statement of its own, before anybody looks: see correlation-locks.ts.
  lockCorrelations(tx, hashesOf(each.flat()))
  const found = await findSurest(tx, each)
  return read.map((item, index) => ({ ...item, meant: found[index] ?? null }))
}

function withinJobs(found: readonly Found[]): { present: Found[]; putOff: Found[] } {
  const jobs = new Set<string>()
  const [present, putOff]: [Found[], Found[]] = [[], []]
  for (const item of found) {
    const jobId = mayMoveJob(item) ? (item.meant?.jobId ?? null) : null
    const hasRoom = jobId === null || jobs.has(jobId) || jobs.size < MAX_JOBS
    if (hasRoom && jobId !== null) jobs.add(jobId)
    if (hasRoom) present.push(item)
    else putOff.push(item)
  }
  return { present, putOff }
}

function isReadable(found: Found): found is Readable {
  return found.meant !== null && !isUnreadable(found)
}

function isUnreadable(found: Found): found is Unreadable {
  return found.reading.kind === 'unreadable'
}

/** Before anything is recorded: what is learned in this very transaction is looked for among the orphans. */
function keepEarly(tx: Tx, found: readonly Found[]): Became[] {
  const early = found.filter((item) => item.meant === null && !isUnreadable(item))
  const orphans = early.flatMap(({ callback, ways }) =>
    hashesOf(ways).map((correlation) => ({ callbackId: callback.id, correlation })),
  )
  if (orphans.length > 0) keepOrphans(tx, orphans)
  return early.map(({ callback, claim }) => {
    const fate = { fate: 'orphan', reason: ORPHANED, expectationId: null, adapter: null } as const
    return { claim, fate: { callbackId: callback.id, ...fate }, relation: null }
  })
}

function reportOf({ callback, reading, meant }: Readable): Report {
  return {
    kind: 'evidence',
    evidence: evidenceOf(callback, reading, meant.id),
  }
}

function recordedAs({ callback, reading, meant, claim }: Readable, reported: Reported | undefined): Became {
  if (reported?.kind !== 'evidence') throw new Error(`expectation ${meant.id} was found and is gone`)
  const { settlement } = reported
  const { relation } = settlement
  const about = { callbackId: callback.id, expectationId: meant.id, adapter: null }
  const isReplay = callback.fate === 'matched' && relation === 'duplicate'
  const fate = isReplay ? 'matched' : fateOf(settlement)
  return { claim, fate: { ...about, fate, reason: reasonOf(callback, reading, settlement) }, relation, isReplay }
}

function endedBy(reported: readonly Reported[]): Set<string> {
  return new Set(
    reported.flatMap((told) =>
      told.kind === 'evidence' && told.settlement.kind !== 'recorded' ? [told.expectation.id] : [],
    ),
  )
}

/**
 * A shape that no adapter knows settles nothing; but something happened, so the provider is asked. The reason quotes the
 * callback, and so is kept with it, not logged.
 */
async function quarantine(
  tx: Tx,
  taker: Taker,
  unreadable: readonly Unreadable[],
  sources: Sources,
  ended: ReadonlySet<string>,
): Promise<Became[]> {
  const became = unreadable.map(({ callback, claim, reading, meant }) => {
    const source = sources.get(callback.source)
    const adapter = source === undefined ? null : adapterOf(source)
    const fate = { fate: 'quarantined', reason: reading.reason, expectationId: meant?.id ?? null, adapter } as const
    return { claim, fate: { callbackId: callback.id, ...fate }, relation: null, source: callback.source }
  })
  await appendEvents(
    tx,
    became.map(({ source, fate: { callbackId, expectationId, adapter, reason } }) => ({
      subject: expectationId ?? callbackId,
      jobId: null,
      type: 'callback.quarantined',
      severity: 'warn',
      data: { callbackId, source, adapter, reason },
    })),
  )
  const asked = unreadable.flatMap(({ meant }) => {
    return meant !== null && isOpen(meant.state) && !ended.has(meant.id) ? [meant.id] : []
  })
  await wakeEach(tx, 'expectation', asked, taker)
  return became
}
