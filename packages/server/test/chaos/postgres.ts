/**
 * The embedded database of a data directory, seen from outside: its processes, to be killed, and its address, to look
 * inside.
 */
import { join } from 'node:path'
import pg from 'pg'
import { processesIn, textOf } from './processes.ts'

export interface Postgres {
  postmasterPid(): number | null
  /** Without the postmaster. */
  childPids(): number[]
  /** Asks on a connection of its own. */
  ask<Row>(sql: string, values?: readonly unknown[]): Promise<Row[]>
}

export function postgresOf(dataDir: string): Postgres {
  const home = () => textOf(join(dataDir, 'postgres-is-at')).trim() || join(dataDir, 'postgres')
  const cluster = () => join(home(), 'cluster', 'data')
  const pidFile = () => textOf(join(cluster(), 'postmaster.pid')).split('\n')

  function postmasterPid(): number | null {
    const pid = Number(pidFile()[0])
    return pid > 0 && processesIn(cluster()).includes(pid) ? pid : null
  }

  return {
    postmasterPid,
    childPids() {
      const postmaster = postmasterPid()
      return processesIn(cluster()).filter((pid) => pid !== postmaster)
    },
    async ask<Row>(sql: string, values: readonly unknown[] = []) {
      const client = new pg.Client({
        host: '127.0.0.1',
        port: Number(pidFile()[3]),
        user: 'becket',
        password: textOf(join(home(), 'cluster', 'password')).trim(),
        database: 'becket',
        connectionTimeoutMillis: 5_000,
        query_timeout: 30_000,
      })
      // A connection that breaks under a question fails the question; unheard, it would end this process.
      client.on('error', () => {})
      try {
        await client.connect()
        // The proof that rows have the shape asked for is the SQL itself.
        return (await client.query(sql, [...values])).rows as Row[]
      } finally {
        await client.end().catch(() => {})
      }
    },
  }
}
