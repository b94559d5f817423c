/** The configuration as the rest of Becket gets it: durations in milliseconds, nothing left to default or to parse. */
import { resolve } from 'node:path'
import type { FeatureSettings } from '../core/feature.ts'
import type { Retention } from '../core/retention.ts'
import { toDoctor } from './doctor-options.ts'
import { toFeatures } from './feature-options.ts'
import type { Environment, LogLevel, Role } from './process-options.ts'
import { toRetention } from './retention-options.ts'
import type { Options } from './schema.ts'
import type { SinkConfig } from './sink-config.ts'
import type { SourceConfig } from './source-config.ts'

export interface Config {
  environment: Environment
  /** Without a trailing slash; null where only the address that the server listens on is known. */
  publicUrl: string | null
  host: string
  port: number
  roles: Role[]
  /** Absolute. */
  dataDir: string
  logLevel: LogLevel
  /** The first admin key; null: one is made at the first start. */
  apiKey: string | null
  /** The first one signs. Empty: one is made at the first start. */
  serverKeys: { id: string; key: string }[]
  /** `url` null: the embedded PostgreSQL. */
  database: { url: string | null; schema: string; poolSize: number }
  intake: {
    maxBodyBytes: number
    maxHeaderBytes: number
    requestTimeoutMs: number
    refusedBytesPerSource: number
    spool: { maxBytes: number; afterMs: number }
  }
  worker: {
    slots: number
    pollIntervalMs: number
    maxRetries: number
    retryBaseMs: number
    retryCapMs: number
  }
  recovery: { enabled: boolean }
  features: FeatureSettings
  doctor: DoctorConfig
  documents: DocumentsConfig
  videos: VideosConfig
  retention: Retention
  storage: StorageConfig
  sources: Record<string, SourceConfig>
  sinks: Record<string, SinkConfig>
}

export interface DoctorConfig {
  /** Null: the server key. */
  compareKey: string | null
  canary: { enabled: boolean; everyMs: number; document: boolean }
}

export interface DocumentsConfig {
  maxBytes: number
  uploadUrlTtlMs: number
  directUploads: boolean
  /** 32 bytes. */
  encryptionKey: Buffer | null
  /** The id of the source that parses; null: none can. */
  parse: string | null
  embed: { source: string | null; model: string; dimensions: number; batchSize: number }
  chunk: { maxTokens: number; minTokens: number }
  /** The sinks that results go to, where the document does not say. */
  deliverTo: string[]
}

export interface VideosConfig {
  /** The id of the source that renders; null: none can. */
  render: string | null
  maxBytes: number
  /** The sinks that results go to, where the job does not say. */
  deliverTo: string[]
}

export type StorageConfig =
  | { kind: 'fs' }
  | { kind: 'supabase'; url: string; serviceKey: string; bucket: string }
  /** `bucketUrl`: below it lie the objects. */
  | { kind: 's3'; bucketUrl: string; region: string; accessKeyId: string; secretAccessKey: string }

/** `parse`, `embed` and `render`: the sources chosen, see `load.ts`. */
export interface Chosen {
  cwd: string
  storage: StorageConfig
  sources: Record<string, SourceConfig>
  sinks: Record<string, SinkConfig>
  parse: string | null
  embed: string | null
  render: string | null
}

export function toConfig(options: Options, chosen: Chosen): Config {
  const { intake, worker, documents, database } = options
  return {
    environment: options.environment,
    publicUrl: options.publicUrl ?? null,
    host: options.host,
    port: options.port,
    roles: [...new Set(options.roles)],
    dataDir: resolve(chosen.cwd, options.dataDir),
    logLevel: options.logLevel,
    apiKey: options.apiKey ?? null,
    serverKeys: options.serverKeys,
    database: { ...database, url: database.url ?? null },
    intake: {
      maxBodyBytes: intake.maxBodyBytes,
      maxHeaderBytes: intake.maxHeaderBytes,
      requestTimeoutMs: intake.requestTimeout,
      refusedBytesPerSource: intake.refusedBytesPerSource,
      spool: { maxBytes: intake.spool.maxBytes, afterMs: intake.spool.after },
    },
    worker: {
      slots: worker.slots,
      pollIntervalMs: worker.pollInterval,
      maxRetries: worker.maxRetries,
      retryBaseMs: worker.retryBase,
      retryCapMs: worker.retryCap,
    },
    recovery: options.recovery,
    features: toFeatures(options.features, options.recovery),
    doctor: toDoctor(options.doctor),
    documents: {
      maxBytes: documents.maxBytes,
      uploadUrlTtlMs: documents.uploadUrlTtl,
      directUploads: documents.directUploads,
      encryptionKey: documents.encryptionKey ?? null,
      parse: chosen.parse,
      embed: { ...documents.embed, source: chosen.embed },
      chunk: documents.chunk,
      deliverTo: documents.deliverTo,
    },
    videos: { ...options.videos, render: chosen.render },
    retention: toRetention(options.retention),
    storage: chosen.storage,
    sources: chosen.sources,
    sinks: chosen.sinks,
  }
}
