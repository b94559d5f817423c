/**
 * The callback lane: reads callbacks that were not settled as they came in, and takes them to the settle transaction, those
 * that are worked on at the same time together. What one callback does wrong is its own: a transaction that fails is halved
 * until it is alone. The short way is `intake-settler.ts`; what a callback means is found in `matching.ts`.
 */
import { isOpen } from '../core/expectation.ts'
import { createBatch } from '../db/batch.ts'
import type { Db, TxOptions } from '../db/db.ts'
import { isConnectionError, sqlState } from '../db/sql-error.ts'
import type { SettleRules } from '../moves/settlement.ts'
import type { Log } from '../observe/log.ts'
import type { Reading } from '../providers/provider.ts'
import type { Source, Sources } from '../providers/sources.ts'
import { readCallbacks, type UnreadCallback } from '../store/callback-reads.ts'
import { readCallback } from '../store/callbacks.ts'
import { readExpectation } from '../store/expectations.ts'
import { type Room, transact } from '../store/handover.ts'
import { findSurest, type Meant, type Way } from '../store/meant-expectations.ts'
import { type Claim, finishWakeup, LostLease } from '../store/wakeups.ts'
import { inboundOf, isTrusted, waysOf } from './callback-reading.ts'
import type { Collector } from './collector.ts'
import type { Grip } from './lane.ts'
import { type Match, matchAll, type ReadCallback } from './matching.ts'
import { MAX_LAPSES } from './stage-runner.ts'

export interface MatcherOptions {
  db: Db
  room: Room
  sources: Sources
  rules: SettleRules
  collector: Collector
  log: Log
}

// 64 callbacks or 8 MiB: a transaction of some ten milliseconds, for which whoever meets its locks waits.
const MAX_ITEMS = 64
const MAX_BYTES = 8 * 1024 * 1024
// What a callback weighs beside its body.
const ITEM_BYTES = 1024
// 4: jobs take a statement after the other, and those of several transactions overlap.
const PARALLEL = 4
// 500 ms: whoever holds an expectation for longer keeps its own callbacks waiting, and not those that came with them.
const LOCK_MS = 500

/** `held`: somebody holds what it needs. Null: the callback is somebody else's by now. */
type Turn = Match | { kind: 'held' } | null

interface Item extends ReadCallback {
  bytes: number
}

/** What names the same expectation: its callbacks keep their order, and wait for no lock of their own process. */
function keyOf(way: Way): string {
  return way.by === 'id' ? way.id : way.by === 'job' ? way.jobId : way.hash.toString('base64')
}

/** PostgreSQL's `lock_not_available`. */
const isLockTimeout = (error: unknown) => sqlState(error) === '55P03'

export function createMatcher({ db, room, sources, rules, collector, log }: MatcherOptions) {
  // No more are waiting than the lane has slots. Only the database's absence is everybody's fault.
  const common = {
    maxItems: MAX_ITEMS,
    maxPendingItems: Number.POSITIVE_INFINITY,
    maxPendingBytes: Number.POSITIVE_INFINITY,
    isPoison: (error: unknown) => !isConnectionError(error),
  }

  const reads = createBatch<string, UnreadCallback | 'too much' | null>({
    ...common,
    maxBytes: MAX_ITEMS,
    sizeOf: () => 1,
    async run(ids) {
      const rows = await readCallbacks(db, ids, MAX_BYTES)
      return ids.map((id) => rows.get(id) ?? null)
    },
  })

  const looks = createBatch<readonly Way[], Meant | null>({
    ...common,
    maxBytes: MAX_ITEMS,
    sizeOf: () => 1,
    run: (each) => findSurest(db, each),
  })

  const matches = createBatch<Item, Turn>({
    ...common,
    maxBytes: MAX_BYTES,
    parallel: PARALLEL,
    keysOf: ({ ways }) => ways.map(keyOf),
    sizeOf: ({ bytes }) => bytes,
    async run(items) {
      try {
        return await matchInTurn(items)
      } catch (error) {
        if (items.length > 1 || !isLockTimeout(error)) throw error
        return [{ kind: 'held' }]
      }
    },
  })

  /** Those that are put off follow at once, in transactions of their own: what came after them still waits for them. */
  async function matchInTurn(items: readonly Item[]): Promise<Turn[]> {
    const turns = new Map<Item, Match | null>()
    let left = items
    while (left.length > 0) {
      try {
        const matched = await match(left, { lockTimeoutMs: LOCK_MS })
        for (const [index, item] of left.entries()) turns.set(item, matched[index] ?? null)
      } catch (error) {
        if (turns.size === 0) throw error
        // The others are committed, and not to be halved with these, whose fault shows in their next turn.
        log.debug({ callbacks: left.length, err: error }, 'callbacks that were put off come with the next')
        break
      }
      left = left.filter((item) => turns.get(item)?.kind === 'put off')
    }
    return items.map((item) => turns.get(item) ?? null)
  }

  async function match(items: readonly Item[], limits?: TxOptions): Promise<(Match | null)[]> {
    // In the order of their coming, which is that of their ids.
    const sorted = [...items].sort((one, other) => (one.callback.id < other.callback.id ? -1 : 1))
    const found = await transact(db, room, (tx, taker) => matchAll(tx, taker, sorted, { sources, rules }), limits)
    return items.map(({ claim }) => found.get(claim) ?? null)
  }

  async function matchCallback(claim: Claim, { signal }: Pick<Grip, 'signal'>): Promise<void> {
    const callback = await read(claim.subject)
    if (callback === null) return finishWakeup(db, claim)
    const { id, source, verdict, fate } = callback
    const { reading, ways } = await told(callback, claim, signal)
    const bytes = callback.body.length + ITEM_BYTES
    const item: Item = { callback: { id, source, verdict, fate }, reading, ways, claim, bytes }
    let turn = await matches.add(item)
    // What made it fail with others is found in another turn.
    while (turn?.kind === 'put off') turn = await matches.add(item)
    // By itself, and for as long as that may take.
    const [matched] = turn?.kind === 'held' ? await match([item]) : [turn]
    if (matched?.kind !== 'matched') throw new LostLease(claim)
    const { kind, ...became } = matched
    log.info({ callbackId: id, source, verdict, ...became }, 'callback')
  }

  async function read(id: string): Promise<UnreadCallback | null> {
    const callback = await reads.add(id)
    return callback === 'too much' ? readCallback(db, id) : callback
  }

  async function told(
    callback: UnreadCallback,
    claim: Claim,
    signal: AbortSignal,
  ): Promise<Pick<ReadCallback, 'reading' | 'ways'>> {
    const source = sources.get(callback.source)
    const operations = Object.keys(source?.operations ?? {})
    if (source === undefined) return unreadable(`source ${callback.source} is not configured any more`)
    if (claim.lapses >= MAX_LAPSES) return unreadable(`reading it failed ${claim.lapses} times in a row`)
    const reading = source.api.read(inboundOf(callback))
    const ways = waysOf(callback, reading, operations)
    const isThin = reading.kind === 'outcome' && reading.outcome.verdict === 'succeeded'
    if (!isThin || source.api.collect === undefined || !isTrusted(callback)) return { reading, ways }
    return { reading: await completed(source, reading, ways, signal), ways }

    function unreadable(reason: string) {
      const nothing: Reading = { kind: 'unreadable', reason }
      return { reading: nothing, ways: waysOf(callback, nothing, operations) }
    }
  }

  /** A success that is believed and only names its result, with the result. Read without a lock: what it means is judged later. */
  async function completed(
    source: Source,
    reading: Extract<Reading, { kind: 'outcome' }>,
    ways: readonly Way[],
    signal: AbortSignal,
  ): Promise<Reading> {
    const meant = await looks.add(ways)
    // Jobs collect in a stage of their own.
    if (meant === null || meant.jobId !== null || !isOpen(meant.state)) return reading
    const row = await readExpectation(db, meant.id)
    if (row === null || !isOpen(row.state)) return reading
    return { ...reading, outcome: await collector.complete(row, source, reading.outcome, signal) }
  }

  return { matchCallback }
}
