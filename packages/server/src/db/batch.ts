/**
 * Group commit: concurrent calls of one operation become one statement. While one batch is on its way, the next collects;
 * who comes alone waits for nobody. Where several may be on their way, the next one leaves when it is worth the trip, or
 * when the last one has been away for unusually long; and without what has something in common with one that is on its way
 * already. Each caller is answered only after its item is committed, or refused. It knows no SQL and does not retry.
 */
import { AppError } from '../core/error.ts'

export interface BatchOptions<Item, Result> {
  maxItems: number
  maxBytes: number
  sizeOf: (item: Item) => number
  /** Commits all items or none, and answers in their order. */
  run: (items: readonly Item[]) => Promise<readonly Result[]>
  /** The error is one item's fault: the batch is halved until that item fails alone. Any other error fails all. */
  isPoison: (error: unknown) => boolean
  /** How many batches may be on their way at once; 1 unless it says so. */
  parallel?: number
  /** Few leave too where the last batch has been away for unusually long; absent: only who is worth the trip. */
  overtakes?: boolean
  /**
   * What items may have in common: those never are in two batches at once, and leave in the order in which they came.
   * Asked once for each item; absent: nothing.
   */
  keysOf?: (item: Item) => readonly string[]
  /**
   * A batch leaves only when all that has arrived in the present round of the event loop was read, and, where others came in
   * company of late, waits some milliseconds for that. Absent: at once, with what was asked for in the present turn.
   */
  gathers?: boolean
  /** Of any clock that does not go backwards. */
  now?: () => number
  /** What may wait; beyond it, callers are refused at once. */
  maxPendingItems?: number
  maxPendingBytes?: number
}

export interface Batch<Item, Result> {
  add(item: Item): Promise<Result>
  /** Resolves when nothing is pending. */
  drain(): Promise<void>
  readonly pending: number
}

interface Entry<Item, Result> {
  item: Item
  bytes: number
  keys: readonly string[]
  sinceMs: number
  resolve: (result: Result) => void
  reject: (error: unknown) => void
}

// 64: a batch that leaves beside another one costs a transaction of its own, and so many share it.
const WORTH_A_TRIP = 64
// Twice as long as usual and 2 ms more: what left before is held up, by a disk that syncs or by a lock, and few leave too.
const isLong = (tookMs: number, usualMs: number) => tookMs > 2 * usualMs + 2
// Half of what a batch takes usually, and never more than 4 ms: what comes in waves leaves in one batch, and not the first of
// the wave by itself while all others wait for it.
const gatheringMs = (usualMs: number) => Math.min(4, usualMs / 2)
// 2: fewer than that is nobody's company.
const COMPANY = 2
// One in eight: what is usual follows a change of load within some ten batches.
const follow = (usualMs: number, tookMs: number) => usualMs + (Math.min(tookMs, 4 * usualMs + 4) - usualMs) / 8

const NONE: readonly string[] = []

export function createBatch<Item, Result>(options: BatchOptions<Item, Result>): Batch<Item, Result> {
  const { maxItems, maxBytes, sizeOf, run, isPoison, parallel = 1, keysOf = () => NONE } = options
  const { overtakes = false, gathers = false, now = () => performance.now() } = options
  // Eight full batches: at some tens of milliseconds each, whoever comes last still waits less than a second.
  const { maxPendingItems = 8 * maxItems, maxPendingBytes = 8 * maxBytes } = options
  let queue: Entry<Item, Result>[] = []
  // Of what is on its way, in whichever batch.
  const away = new Set<string>()
  let pending = 0
  let pendingBytes = 0
  let flights = 0
  let leftMs = 0
  let usualMs = 0
  let usualItems = 0
  let isAlarmSet = false
  let isBoarding = false
  let idle: (() => void)[] = []

  return {
    get pending() {
      return pending
    },

    async add(item) {
      const bytes = sizeOf(item)
      // An item larger than everything that may wait is still let in when nothing does.
      if (pending > 0 && (pending >= maxPendingItems || pendingBytes + bytes > maxPendingBytes)) {
        throw new AppError('UNAVAILABLE', `${pending} writes are waiting for the database, ${pendingBytes} bytes`, {
          hint: 'The database is slower than what comes in: try again in a moment.',
          retryAfterMs: 1_000,
        })
      }
      pending++
      pendingBytes += bytes
      return new Promise<Result>((resolve, reject) => {
        queue.push({ item, bytes, keys: keysOf(item), sinceMs: now(), resolve, reject })
        if (isBoarding) return
        isBoarding = true
        // After the present turn at least, so that calls made together travel together.
        if (gathers) setImmediate(depart)
        else queueMicrotask(depart)
      })
    },

    drain() {
      if (pending === 0) return Promise.resolve()
      return new Promise((resolve) => idle.push(resolve))
    },
  }

  function depart(): void {
    isBoarding = false
    while (flights < parallel && mayLeave(flights)) {
      flights++
      void fly()
    }
  }

  /** Goes on as long as there is something to take; what is little is left to those who are on their way as well. */
  async function fly(): Promise<void> {
    do {
      const batch = takeBatch()
      leftMs = now()
      const mineMs = leftMs
      await flush(batch)
      usualMs = follow(usualMs, now() - mineMs)
      usualItems += (batch.length - usualItems) / 8
      for (const { keys } of batch) for (const key of keys) away.delete(key)
      if (gathers && queue.length > 0) await new Promise((resolve) => setImmediate(resolve))
    } while (mayLeave(flights - 1))
    flights--
    if (pending > 0) return
    const waiting = idle
    idle = []
    for (const resolve of waiting) resolve()
  }

  function mayLeave(others: number): boolean {
    if (others === 0) return queue.length > 0 && isGathered()
    const worth = overtakes && isLong(now() - leftMs, usualMs) ? 1 : WORTH_A_TRIP
    if (queue.length < worth) return false
    const held = new Set<string>()
    let free = 0
    for (const entry of queue) if (boards(entry, held) && ++free === worth) return true
    return false
  }

  /** Where it is not, it leaves by itself when it is. */
  function isGathered(): boolean {
    const [first] = queue
    if (!gathers || first === undefined || usualItems < COMPANY || queue.length >= WORTH_A_TRIP) return true
    const restMs = first.sinceMs + gatheringMs(usualMs) - now()
    if (restMs <= 0) return true
    if (isAlarmSet) return false
    isAlarmSet = true
    setTimeout(() => {
      isAlarmSet = false
      depart()
    }, restMs)
    return false
  }

  /** Whether nothing holds it up that is on its way, or that stays: else it stays itself, and holds up what comes after it. */
  function boards({ keys }: Entry<Item, Result>, held: Set<string>): boolean {
    let isFree = true
    for (const key of keys) if (away.has(key) || held.has(key)) isFree = false
    if (!isFree) for (const key of keys) held.add(key)
    return isFree
  }

  /** In their order, but for those that have something in common with what is on its way: they stay, and keep their place. */
  function takeBatch(): Entry<Item, Result>[] {
    let bytes = 0
    const batch: Entry<Item, Result>[] = []
    const left: Entry<Item, Result>[] = []
    const held = new Set<string>()
    for (const [index, entry] of queue.entries()) {
      if (batch.length === maxItems || (batch.length > 0 && bytes + entry.bytes > maxBytes)) {
        left.push(...queue.slice(index))
        break
      }
      if (boards(entry, held)) {
        batch.push(entry)
        bytes += entry.bytes
      } else left.push(entry)
    }
    queue = left
    for (const { keys } of batch) for (const key of keys) away.add(key)
    return batch
  }

  /** Parts still to do are kept in a list, in order, rather than in a recursion: a failure for all ends them together. */
  async function flush(batch: Entry<Item, Result>[]): Promise<void> {
    const parts = [batch]
    for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
      try {
        const results = await run(part.map(({ item }) => item))
        if (results.length !== part.length) {
          throw new Error(`A batch of ${part.length} was answered with ${results.length} results`)
        }
        for (const [index, result] of results.entries()) part[index]?.resolve(result)
        release(part)
      } catch (error) {
        if (isPoison(error) && part.length > 1) {
          const middle = part.length >> 1
          parts.unshift(part.slice(0, middle), part.slice(middle))
          continue
        }
        const failed = isPoison(error) ? part : [part, ...parts.splice(0)].flat()
        for (const entry of failed) entry.reject(error)
        release(failed)
      }
    }
  }

  function release(entries: readonly Entry<Item, Result>[]): void {
    pending -= entries.length
    for (const { bytes } of entries) pendingBytes -= bytes
  }
}
