/** What one installation stands on, opened in order: its data directory, its database brought up to date, its identity. */
import type { Config } from './config/config.ts'
import { openDataDirectory } from './data-directory.ts'
import { type OpenDatabase, openDatabase } from './database.ts'
import { migrate } from './db/migrate.ts'
import { ensureAdminKey, type Identity, readIdentity, requireSharedKeys } from './identity.ts'
import type { Started } from './lifecycle.ts'
import type { Log } from './observe/log.ts'
import { ensurePartitions } from './store/partitions.ts'
import { freeAllWakeups } from './store/wakeups.ts'

export interface Installation {
  database: OpenDatabase
  identity: Identity
  /** The admin key of the data directory, and whether it was made just now. */
  adminKey: { secret: string; isNew: boolean }
}

export interface InstallationOptions {
  log: Log
  started: Started
  onLost(error: Error): void
}

export async function openInstallation(
  config: Config,
  { log, started, onLost }: InstallationOptions,
): Promise<Installation> {
  const directory = await openDataDirectory(config.dataDir)
  const database = await openDatabase(config, { log, onLost })
  started('database', database.close)
  const { db } = database
  await migrate(db, { log })
  await ensurePartitions(db)
  const identity = await readIdentity(config, directory)
  await requireSharedKeys(db, identity)
  const adminKey = await ensureAdminKey(db, config, directory)
  await freeWhatTheDeadHeld(database, log)
  return { database, identity, adminKey }
}

/** Nobody but us uses the embedded database: what it says is held was held by a process that died. */
async function freeWhatTheDeadHeld({ db, isOurs }: OpenDatabase, log: Log): Promise<void> {
  const freed = isOurs ? await freeAllWakeups(db) : 0
  if (freed > 0) log.warn({ freed }, 'the process before this one died at work; its work goes on')
}
