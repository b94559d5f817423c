/** Makes the configured sources ready to be called: each with its provider, its own guarded way out, its own settings. */

import { secretsIn } from '../config/secret-words.ts'
import type { SourceConfig } from '../config/source-config.ts'
import { AppError } from '../core/error.ts'
import type { PaceGate, PaceLimit } from '../core/pace-gate.ts'
import type { Log } from '../observe/log.ts'
import { createOutbound, type HttpOutbound } from '../outbound/http.ts'
import type { RequestRecord } from '../outbound/outbound.ts'
import type { Provider } from './provider.ts'
import type { Source, Sources } from './sources.ts'
import { traceSource } from './traced-source.ts'

export interface ConfiguredSources {
  sources: Sources
  /** Ends their connections. */
  close(): Promise<void>
}

export function createSources(options: {
  configs: Readonly<Record<string, SourceConfig>>
  providers: readonly Provider[]
  log: Log
  /** How fast each may be called, for all processes together. */
  pace?(name: string, limit: PaceLimit | null): PaceGate
  /** Told of every request. */
  record?(request: RequestRecord): void
}): ConfiguredSources {
  const sources = new Map<string, Source>()
  const outbounds: HttpOutbound[] = []
  for (const config of Object.values(options.configs)) {
    const provider = options.providers.find((candidate) => candidate.name === config.provider)
    if (provider === undefined) {
      throw new AppError(
        'CONFIGURATION_INVALID',
        `sources.${config.id}.provider: there is no provider ${config.provider}`,
      )
    }
    const outbound = createOutbound({
      source: config.id,
      baseUrl: config.baseUrl ?? undefined,
      credentials: credentialsOf(provider, config),
      secrets: secretsIn(config.options, provider.options),
      allowOrigins: [...config.allow, ...(provider.origins?.(config.options) ?? [])],
      allowPrivate: config.allowPrivate,
      log: options.log,
      pace: options.pace?.(`source:${config.id}`, config.rate ?? null),
      record: options.record,
    })
    outbounds.push(outbound)
    sources.set(config.id, {
      id: config.id,
      provider: provider.name,
      enabled: config.enabled,
      adapter: provider.adapter ?? 1,
      api: traceSource(provider.create({ id: config.id, options: config.options, outbound })),
      verify: config.verify,
      paths: config.paths,
      operations: config.operations,
      rate: config.rate,
      download: (request, see) =>
        outbound.download({ ...request, operation: 'output', method: 'GET', authenticated: false }, see),
      mayFetch: (url) => fetchableOrigins(config, provider).has(new URL(url).origin),
    })
  }
  return {
    sources,
    async close() {
      await Promise.all(outbounds.map((outbound) => outbound.close()))
    },
  }
}

function credentialsOf(provider: Provider, { apiKey, options }: SourceConfig) {
  if (apiKey === null) return undefined
  return provider.credentials?.(apiKey, options) ?? { header: 'authorization', value: `Bearer ${apiKey}` }
}

function fetchableOrigins({ baseUrl, allow, options }: SourceConfig, provider: Provider): Set<string> {
  const urls = [...allow, ...(provider.origins?.(options) ?? []), ...(baseUrl === null ? [] : [baseUrl])]
  return new Set(urls.map((url) => new URL(url).origin))
}
