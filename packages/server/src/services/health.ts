/** Health of the whole installation, of this process (live: it gets on), and whether requests may come (ready). */
import { type Health, type Liveness, type Paused, pausedSchema, type StartupStep } from '@becket/client/contract'
import { z } from 'zod'
import type { Db } from '../db/db.ts'
import { isHung, type Service } from '../engine/loop.ts'
import type { BreakerSummary } from '../store/breaker-rows.ts'
import type { Breakers } from '../store/breakers.ts'
import { type InstanceRow, listInstances } from '../store/instances.ts'
import { readRetention } from '../store/retention-standing.ts'
import { countOpen, readLanes } from '../store/standing.ts'
import { lanes as knownLanes } from '../store/wakeups.ts'
import { time, timeOrNull } from './paging.ts'
import { createReadiness } from './readiness.ts'
import { retentionView } from './retention-view.ts'

export interface HealthServiceOptions {
  db: Db
  breakers: Breakers
  environment: string
  release: string
  services: () => readonly Service[]
  startup: StartupView
  /** Of this process; null where it takes no callbacks. */
  spool: () => SpoolStanding | null
  /** The process does nothing but take callbacks in; absent: it does more. */
  isIntakeOnly?: boolean
}

/** What waits on the disk of this process for the database. */
export interface SpoolStanding extends Omit<NonNullable<Health['spool']>, 'oldestAt'> {
  /** Milliseconds since 1970. */
  oldestMs: number | null
  /** Whether a callback that comes now is kept even if the database is away. */
  takes: boolean
}

/** How this process came up, and what has to wait because it did not quite. */
export interface StartupView {
  instance: string
  steps(): readonly StartupStep[]
  paused(): readonly Paused[]
}

type Status = Health['status']

// 10 s: five stamps missed. Shorter would flap while a machine is busy; longer would hide a dead worker.
const SILENT_MS = 10_000

const roles = ['intake', 'api', 'worker'] as const

export function createHealthService(options: HealthServiceOptions) {
  const { db, breakers, environment, release, startup } = options

  async function get(): Promise<Health> {
    const startedMs = performance.now()
    try {
      const [instances, lanes, open, breakerList, retention] = await Promise.all([
        listInstances(db),
        readLanes(db),
        countOpen(db),
        breakers.list(),
        readRetention(db),
      ])
      const shown = instances.map((row) => ({ ...row, status: statusOfInstance(row) }))
      const byRole = Object.fromEntries(roles.map((role) => [role, roleHealth(shown, role)]))
      const { intake, api, worker } = byRole
      // What this process wrote down of itself may be two seconds old.
      const others = shown.filter(({ id }) => id !== startup.instance)
      const paused = [...startup.paused(), ...others.flatMap(pausedBy), ...breakerList.flatMap(pausedByBreaker)]
      if (intake === undefined || api === undefined || worker === undefined) throw new Error('unreachable: named above')
      const spool = shownSpool()
      return {
        status: overall([intake.status, api.status, worker.status], paused.length === 0 && isAtRest(spool)),
        environment,
        release,
        roles: { intake, api, worker },
        instances: shown.map((row) => ({
          id: row.id,
          roles: roles.filter((role) => row.roles.includes(role)),
          status: row.status,
          release: row.release,
          configuration: row.configuration,
          host: row.host,
          pid: row.pid,
          startedAt: time(row.startedAt),
          seenAt: time(row.seenAt),
          stoppedAt: timeOrNull(row.stoppedAt),
          progress: row.progress,
        })),
        database: { status: 'healthy', tookMs: Math.round(performance.now() - startedMs), reason: null },
        lanes: knownLanes.map((lane) => lanes.find((row) => row.lane === lane) ?? { lane, due: 0, oldestDueMs: null }),
        breakers: breakerList.map((breaker) => ({
          name: breaker.name,
          state: breaker.state,
          failures: breaker.failures,
          openedAt: timeOrNull(breaker.openedAtMs),
          retryAt: timeOrNull(breaker.retryAtMs),
          reason: breaker.reason,
          openedCount: breaker.openedCount,
        })),
        paused,
        steps: [...startup.steps()],
        retention: retentionView(retention),
        spool,
        open,
      }
    } catch (error) {
      return withoutDatabase(error instanceof Error ? error.message : String(error))
    }
  }

  /** What is not known is not healthy. */
  function withoutDatabase(reason: string): Health {
    const unknown = { status: 'unknown' as const, instances: 0 }
    return {
      status: 'down',
      environment,
      release,
      roles: { intake: unknown, api: unknown, worker: unknown },
      instances: [],
      database: { status: 'down', tookMs: null, reason },
      lanes: [],
      breakers: [],
      paused: [],
      steps: [...startup.steps()],
      retention: null,
      spool: shownSpool(),
      open: { expectations: {}, jobs: {}, callbacks: {} },
    }
  }

  function shownSpool(): Health['spool'] {
    const standing = options.spool()
    if (standing === null) return null
    const { oldestMs, takes: _, ...spool } = standing
    return { ...spool, oldestAt: oldestMs === null ? null : time(new Date(oldestMs)) }
  }

  /** Of this process alone: nothing remote is asked, and a loop that fails and goes on is alive. */
  async function live(): Promise<Liveness> {
    const stuck = options.services().filter((service) => isHung(service.health()))
    return stuck.length === 0
      ? { status: 'alive', stuck: [] }
      : { status: 'stuck', stuck: stuck.map((service) => service.name) }
  }

  /** What it is asked for, it can do without its database. */
  const isReadyAlone = () => options.isIntakeOnly === true && options.spool()?.takes === true

  return { get, live, ready: createReadiness({ db, steps: startup.steps, isReadyAlone }) }
}

const standingSchema = z.object({ startup: z.object({ paused: z.array(pausedSchema) }) })

/** As the recorder of that process wrote it down. */
function pausedBy({ status, progress }: InstanceRow & { status: Status }): Paused[] {
  const standing = standingSchema.safeParse(progress)
  return status === 'down' || !standing.success ? [] : standing.data.startup.paused
}

function pausedByBreaker(breaker: BreakerSummary): Paused[] {
  if (breaker.state !== 'open') return []
  return [
    {
      dependency: breaker.name,
      capability: capabilityOf(breaker.name),
      since: timeOrNull(breaker.openedAtMs),
      reason: breaker.reason,
      nextTryAt: timeOrNull(breaker.retryAtMs),
      instance: null,
    },
  ]
}

const capabilities: Record<string, (name: string) => string> = {
  source: (name) => `calls to ${name}: work handed over, status asked for`,
  artifact: (name) => `looking for the outputs of ${name}`,
  sink: (name) => `deliveries to ${name}`,
  storage: () => 'whatever reads or writes files',
}

function capabilityOf(breaker: string): string {
  const colon = breaker.indexOf(':')
  return capabilities[breaker.slice(0, colon)]?.(breaker.slice(colon + 1)) ?? `whatever calls ${breaker}`
}

function statusOfInstance(row: InstanceRow): Status {
  if (row.stoppedAt !== null || row.silentMs > SILENT_MS) return 'down'
  const isAnyStuck = Object.values(row.progress).some(
    (loop) => typeof loop === 'object' && loop !== null && 'isStuck' in loop && loop.isStuck === true,
  )
  return isAnyStuck ? 'partial' : 'healthy'
}

function roleHealth(instances: readonly (InstanceRow & { status: Status })[], role: string) {
  const having = instances.filter((row) => row.roles.includes(role))
  const alive = having.filter((row) => row.status !== 'down')
  if (alive.some((row) => row.status === 'healthy')) return { status: 'healthy' as const, instances: alive.length }
  if (alive.length > 0) return { status: 'partial' as const, instances: alive.length }
  // Nobody was seen for an hour: that is not known to be down, and surely not healthy.
  return { status: having.length === 0 ? ('unknown' as const) : ('down' as const), instances: 0 }
}

/** What was set aside wants to be looked at, and what cannot be written is missed at the next outage. */
function isAtRest(spool: Health['spool']): boolean {
  return spool === null || (spool.state === 'closed' && spool.setAside === 0 && spool.fault === null)
}

function overall(statuses: readonly Status[], isAllAtWork: boolean): Status {
  if (statuses.every((status) => status === 'healthy')) return isAllAtWork ? 'healthy' : 'partial'
  return statuses.some((status) => status === 'healthy' || status === 'partial') ? 'partial' : 'down'
}
