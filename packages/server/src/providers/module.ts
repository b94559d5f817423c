/**
 * Providers that lie in a module of the user's own, at a path that `becket.yaml` writes. Loads and judges them; which
 * paths may be loaded is the configuration's to say.
 */
import { pathToFileURL } from 'node:url'
import type { SourceConfig } from '../config/source-config.ts'
import { AppError } from '../core/error.ts'
import { guardSource } from './guarded-source.ts'
import { isRecord } from './json-body.ts'
import { kit } from './kit.ts'
import type { Provider } from './provider.ts'
import { cleanMessage } from './provider-error.ts'
import { faultOfProvider, faultOfSource } from './provider-fault.ts'

type Imported = { kind: 'provider'; provider: Provider } | { kind: 'faulty'; reason: string }

/** Node keeps what it has loaded: the same path is the same module until the process ends. */
export async function importProvider(path: string): Promise<Imported> {
  let exported: unknown
  try {
    const module: unknown = await import(pathToFileURL(path).href)
    exported = isRecord(module) ? module.default : undefined
    if (typeof exported === 'function') exported = exported(kit)
  } catch (error) {
    return { kind: 'faulty', reason: `it does not load: ${reasonOf(error)}` }
  }
  if (exported === undefined)
    return { kind: 'faulty', reason: 'it has no default export; export the provider as default' }
  const fault = faultOfProvider(exported)
  if (fault !== null || !isProvider(exported)) return { kind: 'faulty', reason: `its provider is not one: ${fault}` }
  return { kind: 'provider', provider: guarded(exported, path) }
}

/** Becket's own providers and those of the modules that the sources name. */
export async function withModules(
  providers: readonly Provider[],
  configs: Readonly<Record<string, SourceConfig>>,
): Promise<readonly Provider[]> {
  const paths = new Set(Object.values(configs).flatMap(({ module }) => (module === undefined ? [] : [module])))
  const imported = await Promise.all(
    [...paths].map(async (path) => {
      const read = await importProvider(path)
      if (read.kind === 'provider') return read.provider
      throw new AppError('CONFIGURATION_INVALID', `the provider module ${path}: ${read.reason}`)
    }),
  )
  return [...providers, ...imported]
}

function guarded(provider: Provider, path: string): Provider {
  return {
    ...provider,
    create(source) {
      const made = provider.create(source)
      const fault = faultOfSource(made)
      if (fault === null) return guardSource(made)
      throw new AppError('CONFIGURATION_INVALID', `sources.${source.id}.provider: the module ${path}: ${fault}`)
    },
  }
}

/** Its members were judged by `faultOfProvider`. */
function isProvider(value: unknown): value is Provider {
  return isRecord(value) && typeof value.create === 'function'
}

function reasonOf(error: unknown): string {
  const { code, message } =
    error instanceof Error
      ? { code: undefined, ...error, message: error.message }
      : { code: undefined, message: String(error) }
  if (code === 'ERR_MODULE_NOT_FOUND' && /Cannot find module/.test(message))
    return 'there is no such file, or one that it imports is not there'
  if (code === 'ERR_UNKNOWN_FILE_EXTENSION') return 'it must be JavaScript, .mjs or .js'
  return cleanMessage(message)
}
