/**
 * The user's own database: a small pool that is opened by its first use, and transactions with time limits. Nothing
 * outlives a transaction on a connection, so a pooler may sit between. Judges no error; see `failure.ts`.
 */
import pg from 'pg'
import { connectionString } from '../../db/database-url.ts'
import { isConnectionError } from '../../db/sql-error.ts'
import type { Log } from '../../observe/log.ts'

// 4: a sink has one queue, so that one is in use; the others serve where a transaction hangs until its limit.
const CONNECTIONS = 4
const CONNECT_TIMEOUT_MS = 10_000
// 30 s for a statement; 10 s for a lock, which somebody else's long transaction may hold.
const STATEMENT_MS = 30_000
const LOCK_MS = 10_000
// 5 s after the server's own limit: reached only when the server cannot answer at all.
const CLIENT_GRACE_MS = 5_000

export type Send = (text: string, json: string) => Promise<void>

export interface Target {
  /** Commits what `work` sent, or nothing of it. Rejects with what the driver or `work` threw. */
  transaction(work: (send: Send) => Promise<void>, signal: AbortSignal): Promise<void>
  close(): Promise<void>
}

export function createTarget({ url, log }: { url: string; log: Log }): Target {
  let pool: pg.Pool | undefined
  let closing: Promise<void> | undefined

  function connections(): pg.Pool {
    if (closing !== undefined) throw new Error('Connection terminated: this process is stopping')
    if (pool !== undefined) return pool
    pool = new pg.Pool({
      connectionString: connectionString(url),
      max: CONNECTIONS,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      idleTimeoutMillis: 30_000,
      keepAlive: true,
    })
    // An idle connection that breaks is replaced by the next use; unheard, the event would end the process.
    pool.on('error', (error) => log.warn({ reason: error.message }, 'an idle connection to a sink’s database broke'))
    return pool
  }

  return {
    async transaction(work, signal) {
      signal.throwIfAborted()
      const client = await connections().connect()
      let broken: Error | undefined
      const onError = (error: Error) => {
        broken ??= error
      }
      // Ends the statement under way: whoever has the work now must not wait for it.
      const giveUp = () => {
        broken ??= new Error('given up')
        // The typings of a pooled connection leave out that it is a client.
        void (client as unknown as pg.Client).end()
      }
      client.on('error', onError)
      signal.addEventListener('abort', giveUp, { once: true })
      const query = async (text: string, values?: string[]) => {
        signal.throwIfAborted()
        const config: pg.QueryConfig & { query_timeout: number } = {
          text,
          query_timeout: STATEMENT_MS + CLIENT_GRACE_MS,
        }
        if (values !== undefined) config.values = values
        await client.query(config)
      }
      try {
        await query(`begin; set local statement_timeout = ${STATEMENT_MS}; set local lock_timeout = ${LOCK_MS}`)
        try {
          await work((text, json) => query(text, [json]))
          await query('commit')
        } catch (error) {
          if (isConnectionError(error) || signal.aborted) broken ??= new Error('left in an unknown state')
          else await query('rollback').catch(onError)
          throw error
        }
      } finally {
        signal.removeEventListener('abort', giveUp)
        client.release(broken)
        client.removeListener('error', onError)
      }
    },

    close() {
      closing ??= pool?.end() ?? Promise.resolve()
      return closing
    },
  }
}
