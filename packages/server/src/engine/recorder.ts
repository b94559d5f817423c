/** Writes down that this process lives and gets on: its row in `instance`, with the last round of each of its loops. */
import { hostname } from 'node:os'
import type { Db } from '../db/db.ts'
import { announceInstance } from '../moves/registration.ts'
import type { Log } from '../observe/log.ts'
import { stampInstance, stopInstance } from '../store/instances.ts'
import { createLoop, isStuck, type Service, type ServiceHealth } from './loop.ts'
import type { ProcessFacts } from './process-facts.ts'

// 2 s: a dead worker is seen before anybody finishes asking whether it is dead.
const EVERY_MS = 2_000

export interface RecorderOptions {
  db: Db
  log: Log
  instance: { id: string; roles: readonly string[]; release: string; configuration: string; tokenKey: string }
  /** Absent: nothing more is told of it. */
  facts?: ProcessFacts
  services: () => readonly Service[]
  /** What else is to be known of this process. */
  standing?: () => Record<string, unknown>
}

export function createRecorder({
  db,
  log,
  instance,
  facts,
  services,
  standing = () => ({}),
}: RecorderOptions): Service {
  let isRegistered = false
  const loop = createLoop({
    name: 'recorder',
    pauseMs: EVERY_MS,
    log,
    async round() {
      await stampInstance(db, instance.id, { ...progressOf(services()), ...standing() })
      return undefined
    },
  })
  return {
    ...loop,
    async start() {
      await announceInstance(db, { ...instance, host: hostname(), pid: process.pid }, facts)
      isRegistered = true
      await loop.start()
    },
    async stop() {
      await loop.stop()
      if (!isRegistered) return
      isRegistered = false
      await stopInstance(db, instance.id).catch((error: unknown) => {
        log.warn({ instanceId: instance.id, err: error }, 'could not write down that this instance stopped')
      })
    },
  }
}

function progressOf(services: readonly Service[]): Record<string, unknown> {
  return Object.fromEntries(services.map((service) => [service.name, describe(service.health())]))
}

function describe(health: ServiceHealth) {
  return {
    lastRoundAt: health.lastRoundMs === null ? null : new Date(health.lastRoundMs).toISOString(),
    isStuck: isStuck(health),
    lastError: health.lastError,
  }
}
