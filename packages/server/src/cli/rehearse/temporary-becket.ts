/** A whole Becket for one rehearsal, in a directory and a database schema of its own, of which nothing stays behind. */
import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Becket, createBecket } from '@becket/client'
import { createApp, openDatabase, providers, sinkKinds } from '../../app.ts'
import { loadConfig } from '../../config/load.ts'
import type { Db } from '../../db/db.ts'
import { createPool } from '../../db/pool.ts'
import type { Log } from '../../observe/log.ts'

export interface TemporaryBecketOptions {
  /** What the schema is called, beside what makes it this one's. */
  name: string
  /** The text of becket.yaml. */
  configuration: string
  /** Keeps the configuration, and the embedded PostgreSQL where `databaseUrl` is null. */
  directory: string
  databaseUrl: string | null
  log: Log
}

export interface TemporaryBecket {
  becket: Becket
  /** A pool of its own on the same database. */
  db: Db
  schema: string
}

/** `stops` gets what undoes each step, in the order of the steps, also of a start that fails half way. */
export async function startTemporaryBecket(
  { name, configuration, directory, databaseUrl, log }: TemporaryBecketOptions,
  stops: (() => Promise<unknown>)[],
): Promise<TemporaryBecket> {
  const file = join(directory, 'becket.yaml')
  await writeFile(file, configuration, { mode: 0o600 })
  // Made for this rehearsal: one that may be there already is not touched.
  const schema = `becket_${name}_${randomBytes(4).toString('hex')}`
  const load = async (url: string | null) => {
    const env = { DATABASE_SCHEMA: schema, ...(url === null ? {} : { DATABASE_URL: url }) }
    const flags = { config: file, dataDir: directory }
    return (await loadConfig({ flags, env, cwd: directory, providers, sinkKinds })).config
  }
  const database = await openDatabase(await load(databaseUrl), { log })
  stops.push(database.close)
  const db = createPool({ url: database.url, log })
  stops.push(() => db.close())
  const server = createApp(await load(database.url), { log })
  stops.push(
    () => db.query(`drop schema if exists ${schema} cascade`),
    () => server.stop(),
  )
  await server.start()
  const { address, adminKey } = server
  if (address === null || adminKey === null) throw new Error('the server started without an address')
  return { becket: createBecket({ url: address, apiKey: adminKey.secret }), db, schema }
}
