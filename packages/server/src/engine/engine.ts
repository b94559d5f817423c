/**
 * The worker: one lane for callbacks to match, one for expectations to look after, one for jobs to work on, and the
 * duties beside them. Starts and stops them in order; what each does is in its own file.
 */
import { allFeatures, type Features } from '../core/feature.ts'
import { rankOfStage } from '../core/pipeline.ts'
import type { Db } from '../db/db.ts'
import type { SettleRules } from '../moves/settlement.ts'
import type { Log } from '../observe/log.ts'
import type { Pipelines } from '../pipelines/pipeline.ts'
import { roomOf, type Source, type Sources } from '../providers/sources.ts'
import type { Sinks } from '../sinks/sinks.ts'
import type { Breakers } from '../store/breakers.ts'
import type { Room } from '../store/handover.ts'
import { claimJobs } from '../store/job-claims.ts'
import type { Lane } from '../store/wakeups.ts'
import type { CheckBudgets } from './check-budgets.ts'
import { createChecker } from './checker.ts'
import { createCollector } from './collector.ts'
import { createDeliverer } from './deliverer.ts'
import { createLane, type LaneService } from './lane.ts'
import { createLeases } from './leases.ts'
import type { Service } from './loop.ts'
import { createMatcher } from './matcher.ts'
import { createStageRunner } from './stage-runner.ts'
import { createSubmitter } from './submitter.ts'
import { createSweeper } from './sweeper.ts'

export interface EngineOptions {
  db: Db
  /** The id of this process. */
  owner: string
  sources: Sources
  breakers: Breakers
  sinks: Sinks
  pipelines: Pipelines
  rules: SettleRules
  asks: boolean
  budgets?: CheckBudgets
  /** Absent: everybody has everything. */
  features?: Features
  slots: number
  pollMs: number
  callbackUrl(source: Source, expectationId: string): string | undefined
  /** Tells other processes that a lane has work which there is no room for here. */
  notify(lane: Lane): void
  /** Duties that know more than the lanes do. */
  upkeep?: readonly Service[]
  log: Log
}

export interface Engine {
  room: Room
  services: readonly Service[]
  poke(lane: Lane): void
  start(): Promise<void>
  stop(): Promise<void>
}

export function createEngine(options: EngineOptions): Engine {
  const { db, owner, sources, breakers, rules, features = allFeatures, log } = options
  const byLane = new Map<Lane, LaneService>()
  const room: Room = {
    owner,
    reserve: (lane) => byLane.get(lane)?.reserve() ?? false,
    release: (lane) => byLane.get(lane)?.release(),
    take: (claim) => byLane.get(claim.lane)?.take(claim),
    // Ourselves at once: others hear of it on a path that a pooler may swallow.
    notify(lane) {
      byLane.get(lane)?.poke()
      options.notify(lane)
    },
    isLimited: ({ source, operation }) => roomOf(sources, source, operation) !== null,
  }
  const leases = createLeases({ db, log })
  const submitter = createSubmitter({
    db,
    room,
    sources,
    breakers,
    leases,
    rules,
    features,
    log,
    callbackUrl: options.callbackUrl,
  })
  const runner = createStageRunner({ db, room, pipelines: options.pipelines, submitter, rules, log })
  const collector = createCollector({ breakers, log })
  const { asks, budgets } = options
  const checker = createChecker({ db, room, sources, breakers, collector, rules, asks, budgets, features, log })
  const matcher = createMatcher({ db, room, sources, rules, collector, log })
  const deliverer = createDeliverer({ db, sinks: options.sinks, breakers, random: rules.random, features, log })
  const common = { slots: options.slots, pollMs: options.pollMs, owner, db, leases, log }
  const lanes = [
    // -1: those that are read again by hand wait behind all that come in.
    createLane({ ...common, lane: 'callback', ranks: [0, -1], handle: matcher.matchCallback }),
    createLane({ ...common, lane: 'expectation', handle: checker.checkExpectation }),
    createLane({ ...common, lane: 'job', ranks: ranksOf(options.pipelines), claim: claimJobs, handle: runner.runJob }),
    createLane({ ...common, lane: 'outbox', handle: deliverer.deliverQueue }),
  ]
  for (const lane of lanes) byLane.set(lane.lane, lane)
  const sweeper = createSweeper({ db, room, sources, log })
  const duties = [sweeper, ...(options.upkeep ?? [])]
  const services = [leases, ...lanes, ...duties]
  return {
    room,
    services,
    poke: (lane) => byLane.get(lane)?.poke(),
    async start() {
      for (const service of services) await service.start()
    },
    async stop() {
      await Promise.all(duties.map((duty) => duty.stop()))
      // Together, so that one slow piece of work does not eat the time of the others.
      await Promise.all(lanes.map((lane) => lane.stop()))
      await leases.stop()
    },
  }
}

function ranksOf(pipelines: Pipelines): number[] {
  return Object.values(pipelines).flatMap(({ shape }) => shape.stages.map(({ name }) => rankOfStage(shape, name)))
}
