/**
 * The work of one process: the lanes of the table of time, how what is told of expectations gets into the database, and who
 * calls providers for applications. Starts nothing.
 */
import type { Config } from './config/config.ts'
import type { AppError } from './core/error.ts'
import type { Database } from './database.ts'
import type { Dependencies } from './dependencies.ts'
import { createCaller } from './engine/caller.ts'
import { createDoomedObjects } from './engine/doomed-objects.ts'
import { createEngine } from './engine/engine.ts'
import { createIntakeSettler } from './engine/intake-settler.ts'
import { createLeases } from './engine/leases.ts'
import type { Service } from './engine/loop.ts'
import { createPruner } from './engine/pruner.ts'
import { openSpooler } from './engine/spooler.ts'
import { type Identity, refusalOfNewKey } from './identity.ts'
import { createGroupCommit } from './intake/group-commit.ts'
import type { Started } from './lifecycle.ts'
import type { Log } from './observe/log.ts'
import { createPipelines } from './pipelines/pipelines.ts'
import { selfTestSource } from './providers/self-test.ts'
import { roomOf, type Source } from './providers/sources.ts'
import { noRoom } from './store/handover.ts'
import type { Place } from './store/held-back.ts'
import type { Lane } from './store/wakeups.ts'

export interface WorkOptions {
  database: Database
  identity: Identity
  dependencies: Dependencies
  /** The id of this process. */
  owner: string
  callbackUrl(source: Source, expectationId: string): string | undefined
  notify(lane: Lane): void
  /** Why nothing may be stored yet; null: it may. */
  notReady(): AppError | null
  started: Started
  log: Log
}

export async function createWork(config: Config, options: WorkOptions) {
  const { database, dependencies, owner, callbackUrl, started, log } = options
  const { db } = database
  const { sources, storage, sinks, breakers, features, budgets, rules } = dependencies
  const { documents, videos, retention } = config
  // What Becket sends to itself is taken in like every callback.
  const reached = new Map([...sources, [selfTestSource.id, selfTestSource]])
  const engine = config.roles.includes('worker')
    ? createEngine({
        db,
        owner,
        sources: reached,
        breakers,
        sinks,
        pipelines: createPipelines({ db, storage, breakers, sources, documents, videos }),
        rules,
        asks: config.recovery.enabled,
        budgets,
        features,
        slots: config.worker.slots,
        pollMs: config.worker.pollIntervalMs,
        callbackUrl,
        notify: options.notify,
        upkeep: [createPruner({ db, retention, objects: createDoomedObjects({ db, storage, breakers, log }), log })],
        log,
      })
    : null
  const isLimited = ({ source, operation }: Place) => roomOf(sources, source, operation) !== null
  const room = engine?.room ?? { ...noRoom(options.notify), isLimited }

  // Without the source of the self-test: settled at intake, its callback would prove nothing of the workers.
  const settling = { settler: createIntakeSettler({ sources, rules, log }), rules, log }
  const commit = createGroupCommit({ db, room, settling })
  // Of the expectations that this process calls providers for.
  const leases = createLeases({ db, log })
  const caller = createCaller({ db, room, owner, breakers, leases, commit, rules, callbackUrl, log })
  started('calls', async () => {
    await caller.stop()
    await commit.drain()
    await leases.stop()
  })
  const spooler = config.roles.includes('intake')
    ? await openSpooler(config, {
        db,
        direct: commit,
        // What waited on disk goes its own way, so that it holds up nobody who waits for an answer.
        spooled: createGroupCommit({ db, room, settling }),
        answers: database.answers,
        notReady: options.notReady,
        mayNotVouch: () => (database.isOurs ? null : refusalOfNewKey(options.identity)),
        log,
      })
    : null
  const services: Service[] = [...(engine?.services ?? []), ...(spooler === null ? [] : [spooler])]
  return { reached, engine, room, commit, caller, leases, spooler, services }
}
