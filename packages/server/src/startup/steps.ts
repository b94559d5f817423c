/**
 * The steps of a start, in order, as data: the database and what is in it, the storage, the sources, the sinks, and last
 * the work itself. What is hard holds back the roles that need it; what is soft holds back its own work only.
 */
import type { InstanceRole } from '@becket/client/contract'
import type { Config } from '../config/config.ts'
import type { Database } from '../database.ts'
import type { Installation } from '../installation.ts'
import type { SinkKind } from '../sinks/sink.ts'
import { addressOf } from '../storage/configured.ts'
import type { Storage } from '../storage/storage.ts'
import { reach } from './reach.ts'
import type { Step } from './step.ts'

export interface StepParts {
  config: Config
  database: Pick<Database, 'db' | 'isOurs' | 'open'>
  installation: Pick<Installation, 'bringUpToDate' | 'takePlace'>
  storage: { storage: Storage; open(): Promise<void> }
  sinkKinds: readonly SinkKind[]
  /** Starts what works; the last of all. */
  work(): Promise<void>
  /** Instead of the usual time limits, by the step's name. */
  timeLimitsMs?: Readonly<Record<string, number>>
}

const everyone: readonly InstanceRole[] = ['intake', 'api', 'worker']

// An object that nobody writes: whether it is missing is not what is asked.
const NOT_THERE = 'reachability/none'

export function stepsOf(parts: StepParts): Step[] {
  const steps = [...databaseSteps(parts), storageStep(parts), ...sourceSteps(parts), ...sinkSteps(parts), work(parts)]
  const limits = parts.timeLimitsMs ?? {}
  return steps.map((step) => ({ ...step, timeLimitMs: limits[step.name] ?? step.timeLimitMs }))
}

function databaseSteps({ database, installation }: StepParts): Step[] {
  const hard = { needs: everyone, hard: true, pauses: 'everything' } as const
  return [
    {
      ...hard,
      name: 'database',
      after: [],
      // An embedded one that was killed replays its log first.
      timeLimitMs: database.isOurs ? 130_000 : 10_000,
      start: database.open,
      test: async () => void (await database.db.query('select 1')),
      remedy: 'Check that PostgreSQL runs and that DATABASE_URL says where; this process goes on by itself.',
    },
    {
      ...hard,
      name: 'schema',
      after: ['database'],
      // 15 min: a migration of large tables takes its time, and must not be begun a second time beside the first.
      timeLimitMs: 900_000,
      start: installation.bringUpToDate,
      remedy: 'Look at what the database says; `becket migrate --status` shows what is pending.',
    },
    {
      ...hard,
      name: 'keys',
      after: ['schema'],
      timeLimitMs: 15_000,
      start: installation.takePlace,
      remedy: 'Look at what the database says.',
    },
  ]
}

function storageStep({ config, storage: { storage, open } }: StepParts): Step {
  const url = addressOf(config.storage)
  return {
    name: 'storage',
    needs: ['api', 'worker'],
    hard: false,
    after: [],
    pauses: 'files: uploads, documents, videos',
    timeLimitMs: 5_000,
    start: open,
    // Whatever it answers, it is there: that it fails is counted by its breaker.
    async test(signal) {
      if (url !== null) await reach(url, signal)
      await storage.head(NOT_THERE)
    },
    remedy: 'Check `storage:` in becket.yaml, and that this machine can reach it.',
  }
}

function sourceSteps({ config }: StepParts): Step[] {
  return Object.values(config.sources).flatMap(({ id, enabled, baseUrl }) =>
    enabled && baseUrl !== null
      ? [remote(`source:${id}`, baseUrl, `calls to ${id}: work handed over, status asked for`, `sources.${id}.baseUrl`)]
      : [],
  )
}

function sinkSteps({ config, sinkKinds }: StepParts): Step[] {
  return Object.values(config.sinks).flatMap(({ id, enabled, kind, baseUrl, options }) => {
    const known = sinkKinds.find(({ name }) => name === kind)
    const url = baseUrl ?? known?.origins?.(options)[0]
    return enabled && url !== undefined
      ? [remote(`sink:${id}`, url, `deliveries to ${id}`, `the address of sinks.${id}`)]
      : []
  })
}

function remote(name: string, url: string, pauses: string, option: string): Step {
  return {
    name,
    needs: ['worker'],
    hard: false,
    after: [],
    pauses,
    timeLimitMs: 5_000,
    test: (signal) => reach(url, signal),
    remedy: `Check ${option}, and that this machine can reach it.`,
  }
}

function work({ work: start }: StepParts): Step {
  return {
    name: 'work',
    needs: everyone,
    hard: true,
    after: ['keys'],
    pauses: 'everything',
    timeLimitMs: 30_000,
    start,
    remedy: 'Look at what the database says.',
  }
}
