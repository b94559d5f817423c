/** `becket config`: the effective configuration, and where each value came from. */
import { loadConfig } from '../config/load.ts'
import { describeConfig, renderConfig } from '../config/print.ts'
import { type ExitCode, exitCodes } from './exit-code.ts'
import type { CliIo } from './io.ts'

export interface ConfigFlags {
  config?: string
  dataDir?: string
  json?: boolean
}

export async function showConfig(io: CliIo, { json, ...flags }: ConfigFlags): Promise<ExitCode> {
  const { providers, sinkKinds, importProvider } = await io.loadApp()
  const shown = describeConfig(
    await loadConfig({ flags, env: io.env, cwd: io.cwd, providers, sinkKinds, importProvider }),
  )
  io.out(json === true ? JSON.stringify(shown, null, 2) : renderConfig(shown).trimEnd())
  return exitCodes.ok
}
