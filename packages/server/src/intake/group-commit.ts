/**
 * Stores callbacks that arrive together in one transaction, settles in it what they prove, and with them whatever else is
 * told of expectations meanwhile. What is told of one expectation never is on its way in two transactions at once: it goes
 * with what waits already, or after what has left. Each caller hears of it only after the commit. Where that fails, they are
 * stored alone and settled later, one by one: a callback is never lost for what it means.
 */
import { createBatch } from '../db/batch.ts'
import type { Db, Tx } from '../db/db.ts'
import { isConnectionError, isDataError } from '../db/sql-error.ts'
import type { Report, Reported, SettleRules } from '../moves/report.ts'
import { idOf, recordReports } from '../moves/reports.ts'
import type { Log } from '../observe/log.ts'
import { type Fate, type NewCallback, type StoredCallback, storeCallbacks } from '../store/callbacks.ts'
import { type Room, transact } from '../store/handover.ts'
import type { Taker } from '../store/wakeups.ts'

/** Settles what callbacks prove, in the transaction that stores them; the other reports are recorded with it. */
export interface Settler<Straight> {
  /** What a callback says, where that needs nobody else; null: it is read later. */
  read(callback: NewCallback): Straight | null
  /** Its expectation by all names that it has there, as `keyOfExternalId` writes those that a provider gave it. */
  keysOf(straight: Straight): readonly string[]
  /**
   * The fates of those that it could settle, by the callback's id, and what became of each report. Only what is fresh
   * counts; what has to be locked for that is locked while the answer is on its way.
   */
  settle(
    tx: Tx,
    taker: Taker,
    told: { straight: readonly Straight[]; fresh: Promise<ReadonlySet<string>>; reports: readonly Report[] },
  ): Promise<{ fates: ReadonlyMap<string, Fate>; reported: readonly Reported[] }>
}

export interface GroupCommitOptions<Straight> {
  db: Db
  room: Room
  /** Absent: callbacks are stored, and read later. */
  settling?: { settler: Settler<Straight>; rules: SettleRules; log: Log }
}

export interface GroupCommit {
  add(callback: NewCallback): Promise<StoredCallback>
  /** What else is told of an expectation. Only where there is a settler. */
  report(report: Report): Promise<Reported>
  /** Resolves when nothing is pending. */
  drain(): Promise<void>
  readonly pending: number
}

// 200 callbacks or 8 MiB: one statement that stays well under what a connection and a planner like.
const MAX_ITEMS = 200
const MAX_BYTES = 8 * 1024 * 1024
// 500 ms: whoever holds an expectation, or the queue of a sink, for longer must not keep a provider waiting for its answer.
const LOCK_MS = 500
// 3: while one is committed, another is worked on by the database, and one is put together here.
const PARALLEL = 3
// What an item costs beside its body.
const ITEM_BYTES = 1024

type Item<Straight> =
  | { kind: 'callback'; callback: NewCallback; straight: Straight | null }
  | { kind: 'report'; report: Report }

type Answer =
  | { kind: 'callback'; stored: StoredCallback }
  | { kind: 'report'; reported: Reported }
  /** It goes its own way by now. */
  | { kind: 'apart'; reported: Promise<Reported> }
  | { kind: 'failed'; error: unknown }

export function createGroupCommit<Straight = never>({ db, room, settling }: GroupCommitOptions<Straight>): GroupCommit {
  const batch = createBatch<Item<Straight>, Answer>({
    maxItems: MAX_ITEMS,
    maxBytes: MAX_BYTES,
    parallel: PARALLEL,
    keysOf,
    gathers: true,
    overtakes: true,
    sizeOf: (item) => (item.kind === 'callback' ? sizeOf(item.callback) : ITEM_BYTES),
    run: (items) => (settling === undefined ? storeOnly(items) : storeAndSettle(items, settling)),
    isPoison: isDataError,
  })

  type Settling = NonNullable<typeof settling>

  function keysOf(item: Item<Straight>): readonly string[] {
    if (item.kind === 'report') return keysOfReport(item.report)
    const { callback, straight } = item
    if (straight !== null && settling !== undefined) return settling.settler.keysOf(straight)
    const { tokenExpectation, dedupKey } = callback
    // A repeat would wait until the first one is committed, and everybody in its batch with it.
    const keys = dedupKey === null ? [] : [dedupKey.toString('latin1')]
    return tokenExpectation === null ? keys : [tokenExpectation, ...keys]
  }

  async function storeAndSettle(items: readonly Item<Straight>[], { settler, log, rules }: Settling) {
    try {
      const write = (tx: Tx, taker: Taker) => writeAll(tx, taker, items, settler)
      return await transact(db, room, write, { lockTimeoutMs: LOCK_MS })
    } catch (error) {
      // Halved until one is left; the database's absence is everybody's.
      if (isConnectionError(error) || (isDataError(error) && items.length > 1)) throw error
      log.error({ items: items.length, err: error }, 'what came in could not be settled at once; it is stored first')
      return writeApart(items, rules)
    }
  }

  async function writeAll(
    tx: Tx,
    taker: Taker,
    items: readonly Item<Straight>[],
    settler: Settler<Straight>,
  ): Promise<Answer[]> {
    const straight = items.flatMap((item) =>
      item.kind === 'callback' && item.straight !== null ? [item.straight] : [],
    )
    const reports = items.flatMap((item) => (item.kind === 'report' ? [item.report] : []))
    let reported: readonly Reported[] = []
    const stored = await storeCallbacks(tx, taker, callbacksOf(items), async (fresh) => {
      if (straight.length + reports.length === 0) return new Map()
      const settled = await settler.settle(tx, taker, { straight, fresh, reports })
      reported = settled.reported
      return settled.fates
    })
    return inOrder(items, stored, reported)
  }

  async function storeOnly(items: readonly Item<Straight>[]): Promise<Answer[]> {
    const stored = await transact(db, room, (tx, taker) => storeCallbacks(tx, taker, callbacksOf(items)))
    return inOrder(items, stored, [])
  }

  // What is recorded outside of any batch.
  const apart = new Set<Promise<unknown>>()

  /** The callbacks first: those must not be lost. What fails after them fails alone, and keeps nobody waiting. */
  async function writeApart(items: readonly Item<Straight>[], rules: SettleRules): Promise<Answer[]> {
    const callbacks = items.filter((item) => item.kind === 'callback')
    const stored = callbacks.length === 0 ? [] : await storeOnly(callbacks)
    let before: Promise<unknown> = Promise.resolve()
    return items.map((item): Answer => {
      if (item.kind === 'callback') return stored.shift() ?? missing()
      // One after the other: some are told of one expectation, in their order.
      const reported = before.then(() => recordAlone(item.report, rules))
      const over: Promise<unknown> = reported.catch(() => {}).then(() => apart.delete(over))
      apart.add(over)
      before = over
      return { kind: 'apart', reported }
    })
  }

  async function recordAlone(report: Report, rules: SettleRules): Promise<Reported> {
    const [reported] = await transact(db, room, (tx, taker) => recordReports(tx, taker, [report], rules))
    if (reported === undefined) throw new Error('a report was recorded and not answered')
    return reported
  }

  return {
    async add(callback) {
      const straight = settling?.settler.read(callback) ?? null
      const answer = await batch.add({ kind: 'callback', callback, straight })
      if (answer.kind === 'callback') return answer.stored
      throw answer.kind === 'failed' ? answer.error : new Error('a callback was answered like a report')
    },
    async report(report) {
      if (settling === undefined) throw new Error('reports are not taken here: nobody settles')
      const answer = await batch.add({ kind: 'report', report })
      if (answer.kind === 'report' || answer.kind === 'apart') return answer.reported
      throw answer.kind === 'failed' ? answer.error : new Error('a report was answered like a callback')
    },
    async drain() {
      await batch.drain()
      await Promise.all(apart)
    },
    get pending() {
      return batch.pending + apart.size
    },
  }
}

/** An expectation by the id that its provider gave it; never the same as one of our own ids. */
export function keyOfExternalId(source: string, externalId: string): string {
  return `${source} ${externalId}`
}

function keysOfReport(report: Report): string[] {
  const keys = [idOf(report)]
  if (report.kind !== 'dispatched' || report.dispatch.externalId === null) return keys
  return [...keys, keyOfExternalId(report.dispatch.source, report.dispatch.externalId)]
}

function callbacksOf<Straight>(items: readonly Item<Straight>[]): NewCallback[] {
  return items.flatMap((item) => (item.kind === 'callback' ? [item.callback] : []))
}

function inOrder<Straight>(
  items: readonly Item<Straight>[],
  stored: readonly StoredCallback[],
  reported: readonly Reported[],
): Answer[] {
  const [callbacks, reports] = [stored.values(), reported.values()]
  return items.map(({ kind }): Answer => {
    if (kind === 'callback') {
      const { value } = callbacks.next()
      return value === undefined ? missing() : { kind, stored: value }
    }
    const { value } = reports.next()
    return value === undefined ? missing() : { kind, reported: value }
  })
}

function missing(): Answer {
  return { kind: 'failed', error: new Error('a batch was answered with fewer answers than it had items') }
}

function sizeOf({ body, url }: NewCallback): number {
  return body.length + url.length + ITEM_BYTES
}
