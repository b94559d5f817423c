/** All services, made from the parts of one process. */
import type { Config } from '../config/config.ts'
import { createFeatures } from '../core/feature.ts'
import type { Db } from '../db/db.ts'
import type { Caller } from '../engine/caller.ts'
import type { Service } from '../engine/loop.ts'
import type { GroupCommit } from '../intake/group-commit.ts'
import type { SettleRules } from '../moves/settlement.ts'
import type { Log } from '../observe/log.ts'
import type { RequestRecord } from '../outbound/outbound.ts'
import { selfTestSource } from '../providers/self-test.ts'
import type { Source, Sources } from '../providers/sources.ts'
import type { Sinks } from '../sinks/sinks.ts'
import type { Storage } from '../storage/storage.ts'
import type { Breakers } from '../store/breakers.ts'
import type { Room } from '../store/handover.ts'
import type { Paces } from '../store/pace.ts'
import { createBreakerService } from './breakers.ts'
import { createCallbackService } from './callbacks.ts'
import { createCanaryDocuments } from './canary-documents.ts'
import { createChangeService } from './changes.ts'
import { createDeliveryService } from './deliveries.ts'
import { createDocumentContent } from './document-content.ts'
import { createDocumentService } from './documents.ts'
import type { Endings } from './endings.ts'
import { createExamination } from './examination.ts'
import { createExpectationService } from './expectations.ts'
import { createFeatureService } from './features.ts'
import { createFileService } from './files.ts'
import { createFindingService } from './findings.ts'
import { createHealthService, type SpoolStanding, type StartupView } from './health.ts'
import { createInstanceService } from './instances.ts'
import { createJobService } from './jobs.ts'
import { createKeyService } from './keys.ts'
import { createRequestService } from './requests.ts'
import type { Services } from './services.ts'
import { createSourceService } from './sources.ts'
import { callTrial, documentTrial } from './synthetic-trials.ts'
import { agreementTrial, isRoleAlive, keysTrial, rolesTrial, schemaTrial, storageTrial } from './trials.ts'

export interface ServicesOptions {
  config: Config
  db: Db
  room: Room
  sources: Sources
  sinks: Sinks
  rules: SettleRules
  /** Told of what ends, by the rules. */
  endings: Endings
  /** Records what is told of expectations. */
  commit: Pick<GroupCommit, 'report'>
  caller: Caller
  breakers: Breakers
  paces: Paces
  storage: Storage
  identity: { keys: readonly Buffer[] }
  publicUrl: () => string
  callbackUrl(source: Source, expectationId: string): string | undefined
  release: string
  /** The id of this process. */
  instanceId: string
  running: () => readonly Service[]
  startup: StartupView
  /** Null where no callbacks are taken; absent: nothing is told of it. */
  spool?: () => SpoolStanding | null
  /** Told of every request that this process makes of itself. */
  record?(request: RequestRecord): void
  log: Log
}

export type OwnServices = Services & { findings: ReturnType<typeof createFindingService> }

export function createServices(options: ServicesOptions): OwnServices {
  const { config, db, room, sources, sinks, rules, endings, breakers, storage, publicUrl, callbackUrl, log } = options
  const features = createFeatures(config.features)
  const { retention } = config
  const asked = {
    rules,
    endings,
    features,
    asks: config.recovery.enabled,
    callbackUrl,
    commit: options.commit,
    caller: options.caller,
    evidenceKeptMs: retention.evidenceMs,
  }
  const expectations = createExpectationService({ db, room, sources, sinks, ...asked })
  const jobs = createJobService({
    db,
    room,
    sinks,
    endings,
    features,
    deliverTo: { video: config.videos.deliverTo },
    eventsKeptMs: retention.eventsMs,
  })
  const documents = createDocumentService({
    db,
    room,
    sinks,
    deliverTo: config.documents.deliverTo,
    content: createDocumentContent({ storage, breakers }),
    maxBytes: config.documents.maxBytes,
    uploadUrlTtlMs: config.documents.uploadUrlTtlMs,
    directUploads: config.documents.directUploads,
    features,
    uploadKeys: options.identity.keys,
    publicUrl,
  })
  // Nobody else may register with the source of the self-test, so the services of the API do not know it.
  const ofItself = createExpectationService({
    db,
    room,
    sources: new Map([[selfTestSource.id, selfTestSource]]),
    sinks: new Map(),
    ...asked,
  })
  const service = config.roles.join(',')
  const examination = createExamination([
    rolesTrial(db),
    agreementTrial(db),
    schemaTrial(db),
    storageTrial(storage, service),
    keysTrial({ sources: [...sources.values()].map(asHolder), sinks: [...sinks.values()] }, service),
    callTrial({
      expectations: ofItself,
      publicUrl,
      hasWorker: () => isRoleAlive(db, 'worker'),
      record: options.record,
      log,
    }),
    documentTrial({
      documents,
      jobs,
      canaries: createCanaryDocuments({ db, storage, jobs, log }),
      isConfigured: canParse(config),
      log,
    }),
  ])
  const { environment } = config
  return {
    expectations,
    jobs,
    documents,
    callbacks: createCallbackService({ db, room, sources, keptMs: retention.callbacksMs }),
    deliveries: createDeliveryService({ db, room, sinks }),
    keys: createKeyService({ db }),
    sources: createSourceService({ db, sources, paces: options.paces, publicUrl }),
    breakers: createBreakerService({ db, breakers, names: breakerNames(options) }),
    requests: createRequestService({ db }),
    features: createFeatureService({ db, features }),
    changes: createChangeService({ db }),
    instances: createInstanceService({ db }),
    findings: createFindingService({ db, instanceId: options.instanceId, environment, examination, log }),
    files: createFileService({ storage, keys: options.identity.keys }),
    health: createHealthService({
      db,
      breakers,
      environment,
      release: options.release,
      services: options.running,
      startup: options.startup,
      spool: options.spool ?? (() => null),
      isIntakeOnly: config.roles.every((role) => role === 'intake'),
    }),
  }
}

function canParse({ documents }: Config): boolean {
  return documents.parse !== null && documents.embed.source !== null
}

/** A source says whose code it is where a sink says its kind. */
function asHolder({ id, provider, enabled, api }: Source) {
  return { id, kind: provider, enabled, api }
}

/** As whoever calls them names them. */
function breakerNames({ sources, sinks, storage }: ServicesOptions): string[] {
  const ofSources = [...sources.values()].flatMap(({ id, api }) => [
    `source:${id}`,
    ...(api.artifact === undefined ? [] : [`artifact:${id}`]),
  ])
  return [...ofSources, ...[...sinks.keys()].map((id) => `sink:${id}`), `storage:${storage.name}`]
}
