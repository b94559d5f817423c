/** What one installation stands on: its data directory and its identity, and a database that is brought up to date. */
import type { Config } from './config/config.ts'
import { openDataDirectory } from './data-directory.ts'
import type { Database } from './database.ts'
import { migrate } from './db/migrate.ts'
import { ensureAdminKey, type Identity, readIdentity, requireSharedKeys } from './identity.ts'
import type { Log } from './observe/log.ts'
import { ensurePartitions } from './store/partitions.ts'
import { freeAllWakeups } from './store/wakeups.ts'

export interface Installation {
  identity: Identity
  /** The admin key of the data directory, and whether it was made just now; null before it took its place. */
  readonly adminKey: { secret: string; isNew: boolean } | null
  /** Tables, and the partitions of the days to come. */
  bringUpToDate(): Promise<void>
  /** Joins the others on the same database. */
  takePlace(): Promise<void>
}

// 2 s: who waits for the migrations of another process is told so, and waits again; a stop meanwhile waits for this.
const LOCK_WAIT_MS = 2_000

/** Asks nothing of the database yet. Throws what only a new start can mend. */
export async function openInstallation(
  config: Config,
  { database, log }: { database: Database; log: Log },
): Promise<Installation> {
  const directory = await openDataDirectory(config.dataDir)
  const identity = await readIdentity(config, directory)
  const { db } = database
  let adminKey: Installation['adminKey'] = null
  return {
    identity,
    get adminKey() {
      return adminKey
    },
    async bringUpToDate() {
      await migrate(db, { log, lockWaitMs: LOCK_WAIT_MS })
      await ensurePartitions(db)
    },
    async takePlace() {
      await requireSharedKeys(db, identity)
      const ensured = await ensureAdminKey(db, config, directory)
      // Made by a try that then failed, it is still new to whoever started us.
      adminKey = { ...ensured, isNew: ensured.isNew || adminKey?.isNew === true }
      await freeWhatTheDeadHeld(database, log)
    },
  }
}

/** Nobody but us uses the embedded database: what it says is held was held by a process that died. */
async function freeWhatTheDeadHeld({ db, isOurs }: Database, log: Log): Promise<void> {
  const freed = isOurs ? await freeAllWakeups(db) : 0
  if (freed > 0) log.warn({ freed }, 'the process before this one died at work; its work goes on')
}
