/** Makes the configured sinks ready to be delivered to: each with its kind, its own guarded way out, its own settings. */
import { createHmac } from 'node:crypto'
import { secretsIn } from '../config/secret-words.ts'
import type { SinkConfig } from '../config/sink-config.ts'
import { AppError } from '../core/error.ts'
import { createOutbound, type HttpOutbound } from '../outbound/http.ts'
import type { RequestRecord } from '../outbound/outbound.ts'
import type { SinkKind, SinkTools } from './sink.ts'
import type { Sink, Sinks } from './sinks.ts'

export interface ConfiguredSinks {
  sinks: Sinks
  /** Ends their connections. */
  close(): Promise<void>
}

export interface SinksOptions {
  configs: Readonly<Record<string, SinkConfig>>
  kinds: readonly SinkKind[]
  /** Keyed: an account is told apart by it, and no key is told. */
  fingerprintKey: string
  tools: Omit<SinkTools, 'outbound' | 'account'>
  /** What every request leaves behind. */
  record?: (request: RequestRecord) => void
}

export function createSinks({ configs, kinds, fingerprintKey, tools, record }: SinksOptions): ConfiguredSinks {
  const sinks = new Map<string, Sink>()
  const outbounds: HttpOutbound[] = []
  for (const config of Object.values(configs)) {
    const kind = kinds.find((candidate) => candidate.name === config.kind)
    if (kind === undefined) {
      throw new AppError('CONFIGURATION_INVALID', `sinks.${config.id}.kind: there is no kind of sink ${config.kind}`)
    }
    const { id, options, baseUrl, enabled } = config
    const outbound = createOutbound({
      source: `sink:${id}`,
      baseUrl: baseUrl ?? undefined,
      credentials: credentialsOf(kind, config),
      secrets: secretsIn(options, kind.options),
      allowOrigins: kind.origins?.(options) ?? [],
      credentialOrigins: kind.credentialOrigins?.(options) ?? [],
      allowPrivate: config.allowPrivate,
      log: tools.log,
      ...(record !== undefined && { record }),
    })
    outbounds.push(outbound)
    sinks.set(id, {
      id,
      kind: kind.name,
      enabled,
      destination: kind.destination(options, baseUrl),
      queue: kind.queue?.(options) ?? null,
      batchSize: kind.batchSize,
      retryMs: kind.retryMs(options),
      api: kind.create({ id, options, tools: { ...tools, ...accountOf(config, fingerprintKey), outbound } }),
    })
  }
  return {
    sinks,
    async close() {
      await Promise.all([...sinks.values()].map((sink) => sink.api.close?.()))
      await Promise.all(outbounds.map((outbound) => outbound.close()))
    },
  }
}

function credentialsOf(kind: SinkKind, { apiKey, options }: SinkConfig) {
  if (apiKey === null) return undefined
  return kind.credentials?.(apiKey, options) ?? { header: 'authorization', value: `Bearer ${apiKey}` }
}

function accountOf({ apiKey }: SinkConfig, fingerprintKey: string): { account?: string } {
  if (apiKey === null) return {}
  return { account: createHmac('sha256', fingerprintKey).update(`account ${apiKey}`).digest('hex').slice(0, 16) }
}
