/**
 * The race of FM-027, set up and run: a whole Becket and the former order of steps, on one database, over the same late
 * storage, with the same parser and embedder, all of which run in a process of their own. Measures; judges nothing.
 */
import { type ApartOptions, createRehearsalApart, type FaultsInput, type RehearsalApart } from '@becket/rehearsal'
import type { Db } from '../../db/db.ts'
import type { Log } from '../../observe/log.ts'
import { createFormerOrder } from './former/former-order.ts'
import type { RaceDocument, RaceRun } from './race-figures.ts'
import { runOrders, type Way } from './race-orders.ts'
import { judgeReads, type PathReads } from './race-reads.ts'
import { formerSettings, lateStorage, processing, raceConfiguration, shared } from './race-settings.ts'
import { startTemporaryBecket } from './temporary-becket.ts'

export interface RaceOptions {
  /** At most `MOST_DOCUMENTS`. */
  documents: number
  seed: number
  /** Keeps the configuration and the log, and the embedded PostgreSQL where `databaseUrl` is null. */
  directory: string
  databaseUrl: string | null
  /** Refused where it is production. */
  environment: string
  log: Log
  atOnce?: number
  /** Faults of the storage, where they are not the usual ones. */
  store?: FaultsInput['store']
  /** Another way to have stand-ins, for tests that run from source. */
  rehearse?: (options: ApartOptions) => RehearsalApart
  onProgress?: (ended: number) => void
  signal?: AbortSignal
}

// 10: an order of steps is measured, not a machine; with more, two cores that have other work too become what is waited for.
const AT_ONCE = 10

export async function runRace(options: RaceOptions): Promise<RaceDocument[]> {
  const { documents, seed, environment, directory, log, atOnce = AT_ONCE, onProgress, signal } = options
  const { rehearse = createRehearsalApart } = options
  const stops: (() => Promise<unknown>)[] = []
  try {
    const rehearsal = rehearse({ environment, seed, processing, faults: { store: options.store ?? lateStorage } })
    stops.push(() => rehearsal.stop())
    const standIns = await rehearsal.start()

    const configuration = JSON.stringify(raceConfiguration(standIns))
    const { databaseUrl } = options
    const ours = await startTemporaryBecket({ name: 'race', configuration, directory, databaseUrl, log }, stops)
    const { becket, db, schema } = ours

    const former = createFormerOrder({ standIns, db, schema: `${schema}_former`, ...formerSettings, ...shared })
    stops.push(() => former.stop())
    await former.start()

    const racers = { former, becket, clockOffsetMs: await clockOffsetOf(db) }
    const ways = await runOrders(racers, { documents, seed, atOnce, onProgress, signal })
    const { ledger } = await rehearsal.report()
    if (ledger.entries()[0]?.seq !== 1) throw new Error('the stand-ins forgot what they saw first')
    const reads = judgeReads(ledger.entries('object'), (path) => !path.startsWith('former/'))
    return ways.map((way) => ({
      filename: way.filename,
      former: runOf(way.former, reads),
      ours: runOf(way.ours, reads),
    }))
  } finally {
    for (const stop of stops.reverse()) await stop()
  }
}

async function clockOffsetOf(db: Db): Promise<number> {
  const { rows } = await db.query<{ nowMs: number }>(
    'select (extract(epoch from clock_timestamp()) * 1000)::float8 as "nowMs"',
  )
  return (rows[0]?.nowMs ?? Number.NaN) - Date.now()
}

function runOf({ paths, ...way }: Way, reads: ReadonlyMap<string, PathReads>): RaceRun {
  const met = paths.map((path) => reads.get(path) ?? { accessErrors: 0, waits: 0 })
  return {
    ...way,
    accessErrors: met.reduce((sum, { accessErrors }) => sum + accessErrors, 0),
    waits: met.reduce((sum, { waits }) => sum + waits, 0),
  }
}
