/**
 * The duty of the spool: callbacks go through it to the database, or wait on disk and are carried there when it is back.
 * What decides is in `intake/spool.ts`.
 */
import type { Config } from '../config/config.ts'
import type { AppError } from '../core/error.ts'
import { timeOfId } from '../core/id.ts'
import type { Db } from '../db/db.ts'
import type { GroupCommit } from '../intake/group-commit.ts'
import { createSpool, type Spool, type SpoolStanding } from '../intake/spool.ts'
import { openSpoolFile, type SpoolFile } from '../intake/spool-file.ts'
import type { Log } from '../observe/log.ts'
import { DAY_MS, ensurePartitions } from '../store/partitions.ts'
import { findStored } from '../store/spooled.ts'
import { createLoop, type Service } from './loop.ts'

export interface Spooler extends Service {
  store: Spool['store']
  standing(): SpoolStanding
}

export interface SpoolerOptions {
  file: SpoolFile
  db: Db
  /** The way into the database. */
  direct: GroupCommit
  /** Another one: what hangs in the first must not hold up what comes back from the disk. */
  spooled: GroupCommit
  /** Whether the database answers, told in short time either way. */
  answers(): Promise<boolean>
  notReady(): AppError | null
  mayNotVouch?(): AppError | null
  afterMs: number
  log: Log
}

// 5 s: only what nobody woke it for waits so long.
const PAUSE_MS = 5_000

/** Opens the file in the data directory; throws where that cannot be used. */
export async function openSpooler(
  { dataDir, intake: { spool } }: Config,
  options: Omit<SpoolerOptions, 'file' | 'afterMs'>,
): Promise<Spooler> {
  const file = await openSpoolFile({ dataDir, maxBytes: spool.maxBytes })
  return createSpooler({ ...options, file, afterMs: spool.afterMs })
}

function createSpooler({ file, db, direct, spooled, ...options }: SpoolerOptions): Spooler {
  const spool = createSpool({
    ...options,
    file,
    store: direct.add,
    storeSpooled: spooled.add,
    async findStored(ids) {
      const sinceMs = Math.min(...ids.map(timeOfId))
      // After days without a database, nobody has made the partitions for the days in which they came.
      if (sinceMs < Date.now() - DAY_MS) await ensurePartitions(db, { sinceMs })
      return findStored(db, ids)
    },
    wake: () => loop.poke(),
  })
  const loop = createLoop({ name: 'spool', pauseMs: PAUSE_MS, log: options.log, round: spool.round })
  let stopping: Promise<void> | undefined

  async function stop(): Promise<void> {
    await loop.stop()
    await direct.drain()
    await spool.close()
  }

  return {
    name: loop.name,
    store: spool.store,
    standing: spool.standing,
    start: loop.start,
    health: loop.health,
    stop() {
      stopping ??= stop()
      return stopping
    },
  }
}
