/**
 * The spool on disk: an LMDB environment in which records wait in the order of their ids, and beside them what was set
 * aside. What `put` promised is synced. Knows nothing of what a record holds, and nothing of the database.
 *
 * Commits are made here and now, not in the library's own thread: whoever wrote into a commit that fails is told so, and
 * nobody else. Records of one turn of the event loop share a commit.
 */
import { join } from 'node:path'
import type { Database, RootDatabase } from 'lmdb'
import { AppError } from '../core/error.ts'
import { openEnvironment, unusable } from './spool-environment.ts'
import { createTurnBatch } from './spool-turn.ts'

export interface SpoolEntry {
  id: string
  record: Buffer
}

export interface SpoolUsage {
  waiting: number
  setAside: number
  /** On disk, by whole pages, whoever wrote them. */
  bytes: number
  maxBytes: number
  /** The id of the record that waits longest. */
  oldestId: string | null
  /** Why nothing can be written; null: it can. */
  fault: string | null
}

export interface SpoolFile {
  /** Resolves when the record is synced; rejects when it is not, or when there is no room. */
  put(entry: SpoolEntry): Promise<void>
  /** In order, what stands behind `after`. At least one, if there is one, whatever its size. */
  read(after: string | null, atMost: { entries: number; bytes: number }): SpoolEntry[]
  remove(ids: readonly string[]): void
  setAside(entries: readonly SpoolEntry[]): void
  /** What was set aside waits again: another release may read it. Answers how many. */
  restore(): number
  usage(): SpoolUsage
  /** After a write failed: whether writing works again, by trying. */
  mend(): Promise<void>
  close(): Promise<void>
}

// At most this many are restored at once, so that a start is not held up.
const RESTORED_AT_ONCE = 1_000

interface Opened {
  root: RootDatabase<Buffer, string>
  waiting: Database<Buffer, string>
  aside: Database<Buffer, string>
}

export async function openSpoolFile(options: { dataDir: string; maxBytes: number }): Promise<SpoolFile> {
  const { maxBytes } = options
  const directory = join(options.dataDir, 'spool')
  const open = async (): Promise<Opened> => {
    const root = await openEnvironment(directory, maxBytes)
    return {
      root,
      waiting: root.openDB({ name: 'waiting', encoding: 'binary' }),
      aside: root.openDB({ name: 'aside', encoding: 'binary' }),
    }
  }
  let opened: Opened | null = await open()
  let fault: AppError | null = null
  let reopening: Promise<void> = Promise.resolve()
  let isClosed = false

  const batch = createTurnBatch<SpoolEntry>({
    sizeOf: ({ record }) => pagesOf(record.length),
    write: (entries) => commit(({ waiting }) => entries.forEach(({ id, record }) => void waiting.put(id, record))),
  })

  function current(): Opened {
    if (opened !== null) return opened
    throw fault ?? unusable(directory, new Error('it is closed'))
  }

  /** All of it synced, or none of it and a reason. */
  function commit(write: (opened: Opened) => void): void {
    const into = current()
    try {
      into.root.transactionSync(() => write(into))
    } catch (error) {
      throw breakDown(error)
    }
  }

  /** After a failed sync nobody knows what the file holds: it is written again only when that was proven to work. */
  function breakDown(error: unknown): AppError {
    const failed = unusable(directory, error)
    fault = failed
    const broken = opened
    opened = null
    if (broken !== null) reopening = reopen(broken)
    return failed
  }

  async function reopen(broken: Opened): Promise<void> {
    try {
      await broken.root.close()
      if (!isClosed) opened = await open()
    } catch (error) {
      fault = unusable(directory, error)
    }
  }

  return {
    async put(entry) {
      if (fault !== null) throw fault
      const { bytes } = measure(current())
      const needed = pagesOf(entry.record.length) + TREE_BYTES
      if (bytes + batch.pendingBytes + needed > maxBytes) throw full(maxBytes)
      await batch.add(entry)
    },

    read(after, { entries, bytes }) {
      const found: SpoolEntry[] = []
      let sum = 0
      const range = after === null ? {} : { start: after, exclusiveStart: true }
      for (const { key, value } of current().waiting.getRange({ ...range, limit: entries, snapshot: true })) {
        sum += value.length
        if (found.length > 0 && sum > bytes) break
        found.push({ id: key, record: Buffer.from(value) })
      }
      return found
    },

    remove(ids) {
      if (ids.length === 0) return
      commit(({ waiting }) => ids.forEach((id) => void waiting.remove(id)))
    },

    setAside(entries) {
      if (entries.length === 0) return
      commit(({ waiting, aside }) => {
        for (const { id, record } of entries) {
          void aside.put(id, record)
          void waiting.remove(id)
        }
      })
    },

    restore() {
      const { aside } = current()
      const entries = [...aside.getRange({ limit: RESTORED_AT_ONCE })]
      if (entries.length === 0) return 0
      commit((into) => {
        for (const { key, value } of entries) {
          void into.waiting.put(key, Buffer.from(value))
          void into.aside.remove(key)
        }
      })
      return entries.length
    },

    usage() {
      if (opened === null) {
        return { waiting: 0, setAside: 0, bytes: 0, maxBytes, oldestId: null, fault: fault?.detail ?? 'it is closed' }
      }
      const [oldestId = null] = opened.waiting.getKeys({ limit: 1 })
      return { ...measure(opened), maxBytes, oldestId, fault: fault?.detail ?? null }
    },

    async mend() {
      if (fault === null || isClosed) return
      await reopening
      if (opened === null) opened = await open()
      // A record that says nothing: whether it can be synced is what is asked.
      commit(({ root }) => void root.put('written', Buffer.alloc(1)))
      fault = null
    },

    async close() {
      if (isClosed) return
      isClosed = true
      await batch.drain()
      await reopening
      const closing = opened
      opened = null
      await closing?.root.close()
    },
  }
}

const PAGE_BYTES = 4_096

// A tree takes a few pages of its own, which no record pays for.
const TREE_BYTES = 4 * PAGE_BYTES

// In whole pages, and a place in the tree that leads there. Small ones share pages, and take less.
const pagesOf = (bytes: number) => Math.ceil((bytes + 64) / PAGE_BYTES) * PAGE_BYTES + 128

function measure({ waiting, aside }: Opened) {
  const [inWaiting, inAside] = [statsOf(waiting), statsOf(aside)]
  return { waiting: inWaiting.entries, setAside: inAside.entries, bytes: inWaiting.bytes + inAside.bytes }
}

/** Kept by LMDB itself, so they hold whichever process wrote. */
function statsOf(database: Database<Buffer, string>): { entries: number; bytes: number } {
  const stats: Record<string, unknown> = { ...database.getStats() }
  const numberAt = (name: string) => (typeof stats[name] === 'number' ? stats[name] : 0)
  const pages = numberAt('treeBranchPageCount') + numberAt('treeLeafPageCount') + numberAt('overflowPages')
  return { entries: numberAt('entryCount'), bytes: pages * numberAt('pageSize') }
}

function full(maxBytes: number): AppError {
  return new AppError('UNAVAILABLE', `The spool is full: ${maxBytes} bytes wait for the database`, {
    hint: 'Bring the database back; or give it more room: `intake.spool.maxBytes`.',
  })
}
