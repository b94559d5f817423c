/** What `becket doctor` asks over the network: for the service that this process is, unless it was told to ask nobody. */
import type { Finding } from '../../core/doctor/finding.ts'
import { type Look, valuesOf } from '../../core/doctor/service-environment.ts'
import type { Probing } from '../../doctor/probing.ts'
import type { CliIo } from '../io.ts'

export interface AskingFlags {
  manifest?: string
  config?: string
  env?: string[]
  offline?: boolean
  candidate?: string[]
}

export interface Asking {
  /** Null: nobody is asked. */
  probing: Probing | null
  unaskedSince?: string
  /** What is wrong with Becket's own configuration as a whole. */
  more: Finding[]
  close(): Promise<void>
}

const nobody = (unaskedSince: string): Asking => ({ probing: null, unaskedSince, more: [], close: async () => {} })

export async function openAsking(io: CliIo, flags: AskingFlags, looks: readonly Look[]): Promise<Asking> {
  const { offline = false, env: paths = [], candidate: candidates = [] } = flags
  if (offline) return nobody('Not asked: --offline.')
  const [look] = looks
  if (paths.length > 0 || look === undefined) {
    return nobody('Not asked: files tell what another place has. Run the doctor there, without --env, and it asks.')
  }
  if (flags.manifest !== undefined) {
    const { openManifestProbing } = await import('../../doctor/manifest-probing.ts')
    return { ...openManifestProbing(look, { candidates, directory: io.cwd }), more: [] }
  }
  return openOwn(io, look, { config: flags.config, candidates })
}

async function openOwn(
  io: CliIo,
  look: Look,
  { config: file, candidates }: { config: string | undefined; candidates: readonly string[] },
): Promise<Asking> {
  // Loaded only here: what asks nobody is to answer at once.
  const [{ readConfig }, { openOwnProbing }, { configurationFindings }, ofProviders, ofModules, ofSinks] =
    await Promise.all([
      import('../../config/load.ts'),
      import('../../doctor/own-probing.ts'),
      import('../../doctor/configuration-findings.ts'),
      import('../../providers/registry.ts'),
      import('../../providers/module.ts'),
      import('../../sinks/registry.ts'),
    ])
  const flags = file === undefined ? {} : { config: file }
  const { loaded, problems } = await readConfig({
    flags,
    env: io.env,
    cwd: io.cwd,
    providers: ofProviders.providers,
    sinkKinds: ofSinks.sinkKinds,
    importProvider: ofModules.importProvider,
  })
  const written = valuesOf(look).find(({ rule }) => rule.usedBy === 'database.url')
  const open = await openOwnProbing({
    look,
    config: loaded.config,
    problems,
    databaseUrl: loaded.config.database.url ?? written?.value ?? null,
    candidates,
  })
  return { ...open, more: configurationFindings(problems, look) }
}
