/** What of a process others see: intake, API, probes, metrics and dashboard, behind one address. Does not listen yet. */
import { fileURLToPath } from 'node:url'
import type { Config } from './config/config.ts'
import type { AppError } from './core/error.ts'
import type { Features } from './core/feature.ts'
import type { Db } from './db/db.ts'
import { CANARY } from './engine/canary.ts'
import type { Spooler } from './engine/spooler.ts'
import type { createHttp, HttpLimits } from './http/http.ts'
import type { Identity } from './identity.ts'
import { createIntake } from './intake/receive.ts'
import type { Started } from './lifecycle.ts'
import type { Log } from './observe/log.ts'
import { createMetrics } from './observe/metrics.ts'
import type { Sources } from './providers/sources.ts'
import { release } from './release.ts'
import type { Services } from './services/services.ts'
import { readDuty } from './store/duties.ts'
import { readRetention } from './store/retention-standing.ts'
import { readLanes } from './store/standing.ts'

const DASHBOARD = fileURLToPath(new URL('../public', import.meta.url))

export interface FaceOptions {
  db: Db
  identity: Identity
  /** Where callbacks go; null where none are taken. */
  spooler: Spooler | null
  /** Whose callbacks are taken. */
  sources: Sources
  services: Services
  features: Features
  publicUrl: () => string
  /** Why nothing can be answered and nothing stored yet; null: it can. */
  notReady: () => AppError | null
  started: Started
  log: Log
}

/** `create`: loaded by whoever starts, while something else takes its time. */
export function createFace(config: Config, create: typeof createHttp, options: FaceOptions) {
  const { db, identity, spooler, sources, services, features, publicUrl, notReady, started, log } = options
  const metrics = createMetrics({
    readLanes: () => readLanes(db),
    readCanary: () => readDuty(db, CANARY),
    readRetention: () => readRetention(db),
    readSpool: () => spooler?.standing() ?? null,
  })
  const intake =
    spooler === null
      ? null
      : createIntake({
          sources,
          features,
          tokenKeys: identity.tokenKeys,
          publicUrl,
          store: spooler.store,
          refusedBytesPerSource: config.intake.refusedBytesPerSource,
          log,
        })
  const http = create({
    services,
    intake,
    intakePaths: [...sources.values()].flatMap(({ id, paths }) => paths.map((template) => ({ source: id, template }))),
    servesApi: config.roles.includes('api'),
    notReady,
    log,
    limits: limitsOf(config),
    dashboardDirectory: DASHBOARD,
    metrics: metrics.page,
    observe: metrics.observe,
    release,
  })
  started('intake', async () => spooler?.stop())
  started('http', () => http.close())
  return http
}

function limitsOf({ intake, documents }: Config): HttpLimits {
  return {
    maxCallbackBytes: intake.maxBodyBytes,
    maxRequestBytes: 1024 * 1024,
    maxDocumentBytes: documents.maxBytes,
    maxHeaderBytes: intake.maxHeaderBytes,
    headersTimeoutMs: Math.min(10_000, intake.requestTimeoutMs),
    requestTimeoutMs: intake.requestTimeoutMs,
    uploadTimeoutMs: Math.max(120_000, intake.requestTimeoutMs),
  }
}
