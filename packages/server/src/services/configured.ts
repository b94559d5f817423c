/** All services, made from the parts of one process. */
import type { Config } from '../config/config.ts'
import type { Db } from '../db/db.ts'
import type { Service } from '../engine/loop.ts'
import type { SettleRules } from '../moves/settlement.ts'
import type { Log } from '../observe/log.ts'
import type { Source, Sources } from '../providers/sources.ts'
import type { Sinks } from '../sinks/sinks.ts'
import type { Storage } from '../storage/storage.ts'
import type { Breakers } from '../store/breakers.ts'
import type { Room } from '../store/handover.ts'
import type { Paces } from '../store/pace.ts'
import { createBreakerService } from './breakers.ts'
import { createCallbackService } from './callbacks.ts'
import { createDeliveryService } from './deliveries.ts'
import { createDocumentContent } from './document-content.ts'
import { createDocumentService } from './documents.ts'
import { createEndings } from './endings.ts'
import { createExpectationService } from './expectations.ts'
import { createFileService } from './files.ts'
import { createHealthService, type StartupView } from './health.ts'
import { createJobService } from './jobs.ts'
import { createKeyService } from './keys.ts'
import { createRequestService } from './requests.ts'
import type { Services } from './services.ts'
import { createSourceService } from './sources.ts'

export interface ServicesOptions {
  config: Config
  db: Db
  room: Room
  sources: Sources
  sinks: Sinks
  rules: SettleRules
  breakers: Breakers
  paces: Paces
  storage: Storage
  identity: { keys: readonly Buffer[] }
  publicUrl: () => string
  callbackUrl(source: Source, expectationId: string): string | undefined
  release: string
  running: () => readonly Service[]
  startup: StartupView
  log: Log
}

export function createServices(options: ServicesOptions): Services {
  const { config, db, room, sources, sinks, rules, breakers, storage, publicUrl, callbackUrl, log } = options
  const endings = createEndings({ db, log })
  return {
    expectations: createExpectationService({
      db,
      room,
      sources,
      sinks,
      rules,
      endings,
      asks: config.recovery.enabled,
      callbackUrl,
    }),
    jobs: createJobService({ db, room, sinks, endings, deliverTo: { video: config.videos.deliverTo } }),
    documents: createDocumentService({
      db,
      room,
      sinks,
      deliverTo: config.documents.deliverTo,
      content: createDocumentContent({ storage, breakers }),
      maxBytes: config.documents.maxBytes,
      uploadUrlTtlMs: config.documents.uploadUrlTtlMs,
      directUploads: config.documents.directUploads,
      uploadKeys: options.identity.keys,
      publicUrl,
    }),
    callbacks: createCallbackService({ db, room, sources }),
    deliveries: createDeliveryService({ db, room, sinks }),
    keys: createKeyService({ db }),
    sources: createSourceService({ db, sources, paces: options.paces, publicUrl }),
    breakers: createBreakerService({ db, breakers, names: breakerNames(options) }),
    requests: createRequestService({ db }),
    files: createFileService({ storage, keys: options.identity.keys }),
    health: createHealthService({
      db,
      breakers,
      environment: config.environment,
      release: options.release,
      services: options.running,
      startup: options.startup,
    }),
  }
}

/** As whoever calls them names them. */
function breakerNames({ sources, sinks, storage }: ServicesOptions): string[] {
  const ofSources = [...sources.values()].flatMap(({ id, api }) => [
    `source:${id}`,
    ...(api.artifact === undefined ? [] : [`artifact:${id}`]),
  ])
  return [...ofSources, ...[...sinks.keys()].map((id) => `sink:${id}`), `storage:${storage.name}`]
}
