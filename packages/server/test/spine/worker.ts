/** One process that works, stepped by hand: it claims when it is told to, and handles what it claimed when it is told to. */
import { allFeatures, type Features, isOn } from '../../src/core/feature.ts'
import type { Db } from '../../src/db/db.ts'
import type { CheckBudgets } from '../../src/engine/check-budgets.ts'
import { createChecker } from '../../src/engine/checker.ts'
import { createCollector } from '../../src/engine/collector.ts'
import { createDeliverer } from '../../src/engine/deliverer.ts'
import { createLeases, type Leases } from '../../src/engine/leases.ts'
import { createMatcher } from '../../src/engine/matcher.ts'
import { createStageRunner } from '../../src/engine/stage-runner.ts'
import { createSubmitter } from '../../src/engine/submitter.ts'
import type { SettleRules } from '../../src/moves/settlement.ts'
import { silentLog } from '../../src/observe/log.ts'
import type { Pipelines } from '../../src/pipelines/pipeline.ts'
import type { Sources } from '../../src/providers/sources.ts'
import type { Sinks } from '../../src/sinks/sinks.ts'
import { createBreakers } from '../../src/store/breakers.ts'
import { noRoom, type Room } from '../../src/store/handover.ts'
import { claimJobs } from '../../src/store/job-claims.ts'
import { claimDueWakeups } from '../../src/store/wakeup-claims.ts'
import { type Claim, type Lane, lanes } from '../../src/store/wakeups.ts'

export interface Worker {
  owner: string
  leases: Leases
  claim(lane: Lane, limit?: number): Promise<Claim[]>
  /** Does the work of one claim; rejects with `LostLease` when it was somebody else's by the end, with its reason when `signal` aborts. */
  handle(claim: Claim, signal?: AbortSignal): Promise<void>
  /** Claims and handles what is due in a lane; answers how much that was. */
  step(lane: Lane): Promise<number>
  /** Steps every lane until nothing is due. */
  drain(): Promise<void>
}

export interface WorkerOptions {
  db: Db
  owner: string
  sources: Sources
  pipelines: Pipelines
  rules: SettleRules
  asks: boolean
  budgets?: CheckBudgets
  features?: Features
  sinks?: Sinks
  room?: Room
  /** Time that passes for the breakers' copies. */
  clock?: () => number
}

const never = new AbortController().signal

export function createWorker({ db, owner, sources, pipelines, rules, asks, ...options }: WorkerOptions): Worker {
  const room = options.room ?? noRoom(() => {})
  const log = silentLog
  const { features = allFeatures, budgets } = options
  const appliesTo = (subject: string | undefined) =>
    subject === undefined ? isOn(features.settings.breakers) : features.has('breakers', subject)
  const breakers = createBreakers({ db, log, clock: options.clock, appliesTo })
  const leases = createLeases({ db, log })
  const callbackUrl = (_source: unknown, id: string) => `https://becket.test/in/parser/t/${id}`
  const submitter = createSubmitter({
    db,
    room: { ...room, owner },
    sources,
    breakers,
    leases,
    rules,
    features,
    log,
    callbackUrl,
  })
  const { runJob } = createStageRunner({ db, room, pipelines, submitter, rules, log })
  const collector = createCollector({ breakers, log })
  const { checkExpectation } = createChecker({
    db,
    room,
    sources,
    breakers,
    collector,
    rules,
    asks,
    budgets,
    features,
    log,
  })
  const { matchCallback } = createMatcher({ db, room, sources, rules, collector, log })
  const { sinks = new Map() } = options
  const { deliverQueue } = createDeliverer({ db, sinks, breakers, random: rules.random, features, log })
  const handlers = { callback: matchCallback, expectation: checkExpectation, job: runJob, outbox: deliverQueue }

  const worker: Worker = {
    owner,
    leases,
    claim: (lane, limit = 100) => claimDueWakeups(db, lane, limit, owner, lane === 'job' ? claimJobs : undefined),
    async handle(claim, signal = never) {
      const lease = leases.hold(claim)
      try {
        const interruption = AbortSignal.any([lease.signal, signal])
        await handlers[claim.lane](claim, { signal: interruption, stopping: never, loosen: lease.release })
      } finally {
        lease.release()
      }
    },
    async step(lane) {
      const claims = await worker.claim(lane)
      for (const claim of claims) await worker.handle(claim)
      return claims.length
    },
    async drain() {
      for (let round = 0; round < 50; round++) {
        let done = 0
        for (const lane of lanes) done += await worker.step(lane)
        if (done === 0) return
      }
      throw new Error('work does not end: something is due again and again')
    },
  }
  return worker
}
