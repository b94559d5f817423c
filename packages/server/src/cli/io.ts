/** What the command line touches outside itself, so that every command can be run by a test. Decides nothing. */

import type { Config } from '../config/config.ts'
import type { Setting } from '../config/settings.ts'
import type { SinkRegistry } from '../config/sink-config.ts'
import type { ProviderImport, ProviderRegistry } from '../config/source-config.ts'
import type { Db } from '../db/db.ts'
import type { Log } from '../observe/log.ts'
import type { StartupEvent } from '../startup/startup.ts'

/** What the commands need of `app.ts`, which is loaded only by those that run a part of the server themselves. */
export interface AppModule {
  providers: ProviderRegistry
  importProvider: ProviderImport
  sinkKinds: SinkRegistry
  /** `onFatal`: it cannot go on, such as without its database; whoever made it is to stop it. */
  createApp(
    config: Config,
    options: {
      log: Log
      settings?: readonly Setting[]
      onFatal: (error: Error) => void
      onStep?: (event: StartupEvent) => void
    },
  ): App
  /** The database as configured, started where it is the embedded one. Applies no migrations. */
  openDatabase(config: Config, options: { log: Log }): Promise<{ db: Db; close(): Promise<void> }>
}

export interface App {
  /** Resolves when it is ready, which may take as long as its database is away; rejects with what waiting cannot mend. */
  start(): Promise<void>
  /** In order; may be called while starting, and twice. */
  stop(): Promise<void>
  /** Where it listens, `http://127.0.0.1:7400`; null when it has not started, or has no role that listens. */
  readonly address: string | null
  /** The admin key, and whether it was made just now; null before it started. */
  readonly adminKey: { secret: string; isNew: boolean } | null
}

export interface CliIo {
  /** Result; a line. */
  out(line: string): void
  /** Result, as it is, without a line's end. */
  outBytes(bytes: Uint8Array): void
  /** Anything that is not the result; a line. */
  err(line: string): void
  isTTY: boolean
  env: Record<string, string | undefined>
  cwd: string
  pid: number
  /** Milliseconds since 1970. */
  now(): number
  readFile(path: string): Promise<Buffer>
  loadApp(): Promise<AppModule>
  /** Calls `handler` at each SIGINT and SIGTERM; returns what takes it off again. */
  onSignal(handler: (signal: 'SIGINT' | 'SIGTERM') => void): () => void
  /** Calls `work` once after `ms`; returns what prevents it. */
  after(ms: number, work: () => void): () => void
  /** Ends the process at once. */
  exit(code: number): void
}
