/**
 * The configured database: any PostgreSQL by its address, or one of our own under the data directory. Made without any
 * I/O, so that the rest can be built on it before it is there; until then it says that it cannot be reached.
 */
import type { Config } from './config/config.ts'
import { AppError } from './core/error.ts'
import type { Db } from './db/db.ts'
import { createEmbedded } from './db/embedded.ts'
import { createPool } from './db/pool.ts'
import { sqlState } from './db/sql-error.ts'
import type { Log } from './observe/log.ts'

export interface OpenDatabase {
  db: Db
  url: string
  /** Nobody else can be using it: it is the embedded one, and we hold its lock. */
  isOurs: boolean
  close(): Promise<void>
}

export interface Database {
  db: Db
  /** Throws while the embedded one has not said where it is. */
  url(): string
  isOurs: boolean
  /** Starts the embedded one; asks nothing of another, which is there or not. May be called again. */
  open(): Promise<void>
  /** Asked on a connection of its own, whatever those of the pool wait for; silence is a no. */
  answers(): Promise<boolean>
  /** Before a stop: what does not answer takes nothing any more, and must not hold up who has something for it. */
  closeIfSilent(): Promise<void>
  close(): Promise<void>
}

// 2 s: past any answer that is only slow; with the time that the pool gives a busy connection, below the 10 s of a stop.
const SILENT_MS = 2_000

interface DatabaseOptions {
  log: Log
  onLost?: (error: Error) => void
}

export function createDatabase(config: Config, options: DatabaseOptions): Database {
  const { url } = config.database
  return url === null ? createOwn(config, options) : createOther(config, url, options)
}

/** Opened, and asked nothing yet. */
export async function openDatabase(config: Config, options: DatabaseOptions): Promise<OpenDatabase> {
  const { db, url, isOurs, open, close } = createDatabase(config, options)
  await open()
  return { db, url: url(), isOurs, close }
}

function createOther({ database: { schema, poolSize } }: Config, url: string, { log }: DatabaseOptions): Database {
  const db = createPool({ url, schema, max: poolSize, log })
  return {
    db,
    url: () => url,
    isOurs: false,
    open: async () => {},
    answers: async () => (await ask(url)) === 'yes',
    closeIfSilent: () => closeIfSilent(db, url),
    close: () => db.close(),
  }
}

function createOwn({ dataDir, database: { schema, poolSize } }: Config, { log, onLost }: DatabaseOptions): Database {
  const embedded = createEmbedded({ dataDir, log, onLost })
  let opened: { db: Db; url: string } | undefined

  function there(): { db: Db; url: string } {
    if (opened !== undefined) return opened
    throw new AppError('DATABASE_UNREACHABLE', 'The embedded PostgreSQL is not up yet')
  }

  return {
    db: {
      schema,
      query: async (text, values) => there().db.query(text, values),
      tx: async (work, txOptions) => there().db.tx(work, txOptions),
      close: async () => opened?.db.close(),
    },
    url: () => there().url,
    isOurs: true,
    async open() {
      const { url } = await embedded.start()
      opened ??= { db: createPool({ url, schema, max: poolSize, log }), url }
    },
    answers: async () => opened !== undefined && (await ask(opened.url)) === 'yes',
    closeIfSilent: async () => (opened === undefined ? undefined : closeIfSilent(opened.db, opened.url)),
    async close() {
      await opened?.db.close()
      await embedded.stop()
    },
  }
}

/** A no is an answer. */
async function closeIfSilent(db: Db, url: string): Promise<void> {
  if ((await ask(url)) === 'nothing') await db.close()
}

/** On a connection of its own: those of the pool may all be at work. */
async function ask(url: string): Promise<'yes' | 'no' | 'nothing'> {
  const probe = createPool({ url, max: 1 })
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<'nothing'>((resolve) => {
    timer = setTimeout(() => resolve('nothing'), SILENT_MS)
  })
  const asked = probe.query('select 1').then(
    () => 'yes' as const,
    (error: unknown) => (isRefusedByOne(error) ? ('yes' as const) : ('no' as const)),
  )
  const answer = await Promise.race([asked, late])
  clearTimeout(timer)
  await probe.close()
  return answer
}

/** PostgreSQL spoke, though not for us: a full house is no reason to leave those alone that are in. Not while it starts or ends. */
function isRefusedByOne(error: unknown): boolean {
  const state = sqlState(error) ?? sqlState(error instanceof Error ? error.cause : undefined)
  return state !== undefined && !state.startsWith('57P')
}
