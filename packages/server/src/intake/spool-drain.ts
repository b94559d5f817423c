/**
 * Carries one batch from the spool to the database: what is there already is dropped, what the database refuses for what
 * it is is set aside, the rest is stored, and leaves the spool only after the commit. May be repeated at any point.
 */
import { isDataError } from '../db/sql-error.ts'
import type { Log } from '../observe/log.ts'
import type { NewCallback, StoredCallback } from '../store/callbacks.ts'
import type { SpoolEntry, SpoolFile } from './spool-file.ts'
import { decodeRecord } from './spool-record.ts'

export interface DrainOptions {
  file: SpoolFile
  storeSpooled(callback: NewCallback): Promise<StoredCallback>
  findStored(ids: readonly string[]): Promise<ReadonlySet<string>>
  /** The database has it in hand: it stays where it is, and is looked at again. */
  isUnderWay(id: string): boolean
  log: Log
}

export interface DrainedBatch {
  stored: number
  /** The id that it ends with; null: nothing is left. */
  last: string | null
  /** Why what is stored still lies in the spool. */
  notRemoved: unknown
}

// 200 callbacks or 8 MiB: what the database takes in one transaction.
export const BATCH = { entries: 200, bytes: 8 * 1024 * 1024 }

/** Throws when the database does not take them now; what it took before is out of the spool then. */
export async function drainBatch(options: DrainOptions, after: string | null): Promise<DrainedBatch> {
  const { file, findStored, storeSpooled, log } = options
  const entries = file.read(after, BATCH)
  if (entries.length === 0) return { stored: 0, last: null, notRemoved: undefined }
  const free = entries.filter(({ id }) => !options.isUnderWay(id))
  const known = await findStored(free.map(({ id }) => id))
  const outcomes = await Promise.all(free.map((entry) => carry(entry, known, storeSpooled)))
  const done = outcomes.flatMap((outcome) => (outcome.kind === 'stored' ? outcome.id : []))
  const unfit = outcomes.flatMap((outcome) => (outcome.kind === 'unfit' ? outcome : []))
  for (const { entry, reason } of unfit) {
    log.error({ callbackId: entry.id, reason }, 'a callback in the spool cannot be stored; it is set aside and kept')
  }
  let notRemoved: unknown
  try {
    file.remove(done)
    file.setAside(unfit.map(({ entry }) => entry))
  } catch (error) {
    notRemoved = error
  }
  const failed = outcomes.find((outcome) => outcome.kind === 'failed')
  if (failed !== undefined) throw failed.error
  return { stored: done.length, last: entries.at(-1)?.id ?? null, notRemoved }
}

type Carried =
  | { kind: 'stored'; id: string }
  | { kind: 'unfit'; entry: SpoolEntry; reason: string }
  | { kind: 'failed'; error: unknown }

async function carry(
  entry: SpoolEntry,
  known: ReadonlySet<string>,
  storeSpooled: DrainOptions['storeSpooled'],
): Promise<Carried> {
  if (known.has(entry.id)) return { kind: 'stored', id: entry.id }
  const read = decodeRecord(entry.record)
  if (read.kind === 'unreadable') return { kind: 'unfit', entry, reason: read.reason }
  try {
    await storeSpooled(read.callback)
    return { kind: 'stored', id: entry.id }
  } catch (error) {
    if (!isDataError(error)) return { kind: 'failed', error }
    return { kind: 'unfit', entry, reason: error instanceof Error ? error.message : String(error) }
  }
}
