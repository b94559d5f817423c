/**
 * A PostgreSQL of our own, for when no DATABASE_URL is set: made on the first start, found again on later ones, taken
 * over when a killed process left it running, refused when another process uses it. Knows nothing of the schema.
 */
import type { ChildProcess } from 'node:child_process'
import { createServer } from 'node:net'
import { resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { AppError } from '../core/error.ts'
import { type Binaries, prepareBinaries } from './embedded/binaries.ts'
import { type Cluster, openCluster } from './embedded/cluster.ts'
import { hintOfFullDisk } from './embedded/full-disk.ts'
import { hasCode } from './embedded/has-code.ts'
import { type HolderLock, takeHolderLock } from './embedded/holder-lock.ts'
import { findPlace, type Place } from './embedded/place.ts'
import {
  endPostmaster,
  logEnd,
  quitPostmaster,
  readPostmaster,
  removeStalePidFile,
  spawnPostmaster,
} from './embedded/postmaster.ts'
import { isAlive } from './embedded/process-state.ts'
import type { DbLog } from './log.ts'

export interface EmbeddedOptions {
  dataDir: string
  log: DbLog
  /** The database went away, or another process could take it: stop working with it. */
  onLost?: (error: Error) => void
  /** Where the files go when PostgreSQL's account cannot enter the data directory. */
  shelter?: string
  /** `false` gives up what a power cut would need, for speed; for tests only. */
  durable?: boolean
}

interface EmbeddedStarted {
  url: string
  /** The folder that holds the database's files and log. */
  directory: string
  /** The server was already running, left by a process that died. */
  adopted: boolean
}

export interface Embedded {
  start(): Promise<EmbeddedStarted>
  stop(): Promise<void>
}

// 120 s: replaying the log after a crash takes at most this long with the default settings; a start without one, 0.1 s.
const PATIENCE_MS = 120_000
const POLL_MS = 10
// A port may be taken between choosing and using it, or another starter may come first; five times is no accident.
const MAX_SPAWNS = 5

export function createEmbedded(options: EmbeddedOptions): Embedded {
  const { log, durable = true, shelter = '/var/lib/becket', onLost = () => {} } = options
  const dataDir = resolve(options.dataDir)
  let starting: Promise<Running> | undefined
  let stopping: Promise<void> | undefined

  return {
    async start() {
      // What failed is tried anew: what was in its way may be gone.
      starting ??= start().catch((error: unknown) => {
        starting = undefined
        throw error
      })
      return (await starting).started
    },
    stop() {
      stopping ??= stop()
      return stopping
    },
  }

  function tellLost(error: Error): void {
    onLost(
      new AppError('EMBEDDED_POSTGRES_UNAVAILABLE', `The embedded PostgreSQL of ${dataDir} ended: ${error.message}`, {
        cause: error,
        hint: 'Start Becket again: it goes on with all that was accepted. postgres.log, beside the database, may say why.',
      }),
    )
  }

  async function start(): Promise<Running> {
    const began = performance.now()
    const prepared = await prepare()
    const found = await findOrSpawn(prepared)
    const { lock, port, pid, adopted } = found
    const held: Held = { ...prepared, ...found, quit: () => quitPostmaster(pid) }
    // However this process ends, short of being killed, its database does not outlive it.
    process.once('exit', held.quit)
    try {
      await ensureDatabase(lock)
    } catch (error) {
      await end(held)
      throw error
    }
    const started: EmbeddedStarted = {
      url: `postgres://becket:${prepared.cluster.password}@127.0.0.1:${port}/becket`,
      directory: prepared.place.home,
      adopted,
    }
    const tookMs = Math.round(performance.now() - began)
    log.info({ directory: started.directory, port, pid, adopted, tookMs }, 'embedded PostgreSQL is up')
    return { ...held, started }
  }

  async function prepare(): Promise<Prepared> {
    try {
      const place = await findPlace({ dataDir, shelter, log })
      const binaries = await prepareBinaries({ ...place, log })
      return { place, binaries, cluster: await openCluster({ ...place, binaries }) }
    } catch (error) {
      if (!hasCode(error, 'EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'ENOSPC', 'EDQUOT')) throw error
      const reason = error instanceof Error ? error.message : String(error)
      throw new AppError('DATA_DIRECTORY_UNUSABLE', `${dataDir}: ${reason}`, { cause: error, ...hintOfFullDisk(error) })
    }
  }

  /** Ends with the lock in our hands, or throws. */
  async function findOrSpawn({ place, binaries, cluster }: Prepared): Promise<Found> {
    const { account } = place
    const until = performance.now() + PATIENCE_MS
    let child: ChildProcess | undefined
    let spawns = 0
    for (;;) {
      const running = await readPostmaster(cluster)
      if (running !== undefined && (await isAlive(running.pid))) {
        const { port, pid } = running
        const attempt = await takeHolderLock({ port, password: cluster.password, onLost: tellLost })
        if (attempt.kind === 'held') return { lock: attempt.lock, port, pid, adopted: pid !== child?.pid }
        if (attempt.kind === 'taken') {
          throw new AppError('DATA_DIRECTORY_IN_USE', `The database in ${place.home} is used by ${attempt.by}`)
        }
        if (attempt.kind === 'refused') {
          throw new AppError('DATA_DIRECTORY_UNUSABLE', `The database in ${place.home} refuses us: ${attempt.reason}`)
        }
        // Starting, recovering or shutting down: any of these ends by itself. A pid that is somebody else's does not.
        if (pid !== child?.pid) await removeStalePidFile(cluster, running)
      } else if (
        child === undefined ||
        child.exitCode !== null ||
        child.signalCode !== null ||
        child.pid === undefined
      ) {
        if (spawns === MAX_SPAWNS) {
          const said = await logEnd(cluster)
          throw new AppError('EMBEDDED_POSTGRES_UNAVAILABLE', `PostgreSQL does not start in ${place.home}: ${said}`, {
            ...hintOfFullDisk(said),
          })
        }
        if (running !== undefined) await removeStalePidFile(cluster, running)
        // The children of a server that was killed need a moment to notice, and keep the next one out until then.
        await delay(spawns * 50)
        spawns++
        child = await spawnPostmaster({ binaries, cluster, account, port: await freePort(), durable })
      }
      if (stopping !== undefined || performance.now() > until) {
        if (child?.pid !== undefined) await endPostmaster({ pid: child.pid, binaries, cluster, account, log })
        throw new AppError(
          'EMBEDDED_POSTGRES_UNAVAILABLE',
          `PostgreSQL in ${place.home} is not ready: ${await logEnd(cluster)}`,
        )
      }
      await delay(POLL_MS)
    }
  }

  async function stop(): Promise<void> {
    const running = await starting?.catch(() => undefined)
    if (running !== undefined) await end(running)
  }

  async function end({ place, binaries, cluster, lock, pid, quit }: Held): Promise<void> {
    const hasCrashed = lock.isLost
    // Held until the server is gone: nobody may take over a server that is about to end.
    lock.expectEnd()
    await endPostmaster({ pid, binaries, cluster, account: place.account, log, hasCrashed })
    process.off('exit', quit)
    await lock.release()
    log.info({ pid }, 'embedded PostgreSQL is stopped')
  }
}

interface Prepared {
  place: Place
  binaries: Binaries
  cluster: Cluster
}

interface Found {
  lock: HolderLock
  port: number
  pid: number
  adopted: boolean
}

interface Held extends Prepared, Found {
  quit: () => void
}

interface Running extends Held {
  started: EmbeddedStarted
}

async function ensureDatabase({ client }: HolderLock): Promise<void> {
  const { rows } = await client.query(`select from pg_database where datname = 'becket'`)
  if (rows.length === 0) await client.query('create database becket')
}

async function freePort(): Promise<number> {
  const server = createServer()
  return new Promise((done, failed) => {
    server.once('error', failed)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => done(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
