/** `becket migrate`: brings the database's schema up to date, or says how it stands. The server does the former by itself. */
import { loadConfig } from '../config/load.ts'
import { migrate, migrationState } from '../db/migrate.ts'
import { createLog } from '../observe/log.ts'
import { type ExitCode, exitCodes } from './exit-code.ts'
import type { CliIo } from './io.ts'
import { createOutput } from './output.ts'

export interface MigrateFlags {
  config?: string
  dataDir?: string
  status?: boolean
  json?: boolean
}

/** With `--status`, 1 when something is pending. */
export async function runMigrate(io: CliIo, { status, json, ...flags }: MigrateFlags): Promise<ExitCode> {
  const { openDatabase, providers, sinkKinds, importProvider } = await io.loadApp()
  const { config } = await loadConfig({ flags, env: io.env, cwd: io.cwd, providers, sinkKinds, importProvider })
  const log = createLog({ level: config.logLevel })
  const { db, close } = await openDatabase(config, { log })
  try {
    if (status !== true) {
      const done = await migrate(db, { log })
      if (json === true) io.out(JSON.stringify(done, null, 2))
      else
        io.out(
          done.applied.length === 0
            ? `Nothing to do: the schema is at ${done.version}.`
            : `Applied ${done.applied.join(', ')}.`,
        )
      return exitCodes.ok
    }
    const state = await migrationState(db)
    if (json === true) io.out(JSON.stringify(state, null, 2))
    else {
      const output = createOutput(io)
      const applied = state.applied.map(({ name, appliedAt }) => [name, output.when(appliedAt.toISOString())])
      output.table(['migration', 'applied'], [...applied, ...state.pending.map((name) => [name, null])])
      if (state.pending.length > 0) output.line('Apply them: becket migrate')
    }
    return state.pending.length === 0 ? exitCodes.ok : exitCodes.failed
  } finally {
    await close()
  }
}
