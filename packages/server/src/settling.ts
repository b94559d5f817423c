/** How what is told of expectations gets into the database, and who calls providers for applications. Starts nothing. */
import type { Db } from './db/db.ts'
import { createCaller } from './engine/caller.ts'
import { createIntakeSettler } from './engine/intake-settler.ts'
import { createLeases } from './engine/leases.ts'
import { createGroupCommit } from './intake/group-commit.ts'
import type { Started } from './lifecycle.ts'
import type { SettleRules } from './moves/report.ts'
import type { Log } from './observe/log.ts'
import type { Source, Sources } from './providers/sources.ts'
import type { Breakers } from './store/breakers.ts'
import type { Room } from './store/handover.ts'

export interface SettlingOptions {
  db: Db
  room: Room
  /** The id of this process. */
  owner: string
  sources: Sources
  breakers: Breakers
  rules: SettleRules
  callbackUrl(source: Source, expectationId: string): string | undefined
  started: Started
  log: Log
}

export function createSettling({ started, ...options }: SettlingOptions) {
  const { db, room, log } = options
  const settling = { settler: createIntakeSettler(options), rules: options.rules, log }
  const commit = createGroupCommit({ db, room, settling })
  const leases = createLeases({ db, log })
  const caller = createCaller({ ...options, leases, commit })
  started('calls', async () => {
    await caller.stop()
    await commit.drain()
    await leases.stop()
  })
  return {
    commit,
    /** What waited on disk goes its own way, so that it holds up nobody who waits for an answer. */
    spooledCommit: createGroupCommit({ db, room, settling }),
    caller,
    /** Of the expectations that this process calls providers for. */
    leases,
  }
}
