/**
 * What the stand-ins did, in order, for tests to wait on and for a scoreboard to read. Nothing here goes over the wire:
 * the software under test cannot see it.
 */
import type { Deed, DeedKind, DeedOf, Entry } from './deed.ts'
import { createTally, type Summary } from './tally.ts'

/** What was written, to be read. */
export interface LedgerReading {
  /** Oldest first; only one kind of deed where `kind` is given. */
  entries(): Entry[]
  entries<Kind extends DeedKind>(kind: Kind): Entry<Kind>[]
}

export interface Ledger extends LedgerReading {
  record(deed: Deed): void
  /** Everything about one job, its submit first. */
  ofJob(jobId: string): Entry[]
  summary(): Summary
  /** Calls `see` with every entry to come; returns what ends it. */
  watch(see: (entry: Entry) => void): () => void
  /**
   * The first entry of that kind, past or coming, that fits. Rejects when `signal` aborts or after `timeoutMs`
   * (10 s by default), naming what was waited for.
   */
  waitFor<Kind extends DeedKind>(
    kind: Kind,
    fits?: (entry: Entry<Kind>) => boolean,
    options?: { timeoutMs?: number; signal?: AbortSignal },
  ): Promise<Entry<Kind>>
}

export interface LedgerOptions {
  now?: () => number
  /** Older entries are dropped above this; the summary still counts them. */
  maxEntries?: number
}

export function createLedger({ now = Date.now, maxEntries = 50_000 }: LedgerOptions = {}): Ledger {
  let entries: Entry[] = []
  let seq = 0
  const tally = createTally()
  const watchers = new Set<(entry: Entry) => void>()

  const reading = readingOf(() => entries)

  return {
    record(deed) {
      const entry: Entry = { ...deed, seq: ++seq, atMs: now() }
      tally.count(deed)
      entries.push(entry)
      // A quarter over before cutting, so that a full ledger does not copy itself on every deed.
      if (entries.length > maxEntries * 1.25) entries = entries.slice(-maxEntries)
      for (const watcher of [...watchers]) watcher(entry)
    },
    ...reading,
    ofJob: (jobId) => entries.filter((entry) => 'jobId' in entry && entry.jobId === jobId),
    summary: () => tally.summary(),
    watch(see) {
      // Wrapped, so that the same function can watch twice.
      const watcher = (entry: Entry) => see(entry)
      watchers.add(watcher)
      return () => void watchers.delete(watcher)
    },
    waitFor<Kind extends DeedKind>(
      kind: Kind,
      fits: (entry: Entry<Kind>) => boolean = () => true,
      { timeoutMs = 10_000, signal }: { timeoutMs?: number; signal?: AbortSignal } = {},
    ) {
      const past = reading.entries(kind).find(fits)
      if (past) return Promise.resolve(past)
      return new Promise<Entry<Kind>>((resolve, reject) => {
        const leave = () => {
          clearTimeout(deadline)
          signal?.removeEventListener('abort', end)
          watchers.delete(watch)
        }
        const end = () => {
          leave()
          reject(new Error(`No \`${kind}\` entry that fits came within ${timeoutMs} ms.`, { cause: signal?.reason }))
        }
        const watch = (entry: Entry) => {
          if (!isOf(entry, kind) || !fits(entry)) return
          leave()
          resolve(entry)
        }
        const deadline = setTimeout(end, timeoutMs)
        watchers.add(watch)
        signal?.addEventListener('abort', end, { once: true })
        if (signal?.aborted) end()
      })
    },
  }
}

/** `current`: all entries there are at the moment of asking. */
export function readingOf(current: () => readonly Entry[]): LedgerReading {
  function entries(): Entry[]
  function entries<Kind extends DeedKind>(kind: Kind): Entry<Kind>[]
  function entries(kind?: DeedKind): Entry[] {
    return kind === undefined ? [...current()] : current().filter((entry) => isOf(entry, kind))
  }
  return { entries }
}

function isOf<Kind extends DeedKind>(entry: Entry, kind: Kind): entry is Entry<Kind> {
  return entry.kind === kind
}

export type { Deed, DeedKind, DeedOf, Entry, Summary }
