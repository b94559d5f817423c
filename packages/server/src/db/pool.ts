/**
 * The pool of connections, as `Db`. Nothing outlives a transaction on a connection (no named statements, no settings),
 * so a transaction pooler may sit between. Statements that do not wait for each other's answers are sent one behind the
 * other, and leave in one piece. Does not retry: callers know what may be repeated.
 */
import { Socket } from 'node:net'
import pg from 'pg'
import { AppError } from '../core/error.ts'
import { connectionString } from './database-url.ts'
import type { Db, Rows, Tx, TxOptions } from './db.ts'
import { type DbLog, silentLog } from './log.ts'
import { rowValues } from './row-values.ts'
import { createSchemaNames } from './schema-name.ts'
import { isConnectionError, named } from './sql-error.ts'

export interface PoolOptions {
  url: string
  schema?: string
  max?: number
  log?: DbLog
  statementTimeoutMs?: number
}

// 10 s: waiting longer for a connection means that the database is away or that everything is stuck; say so.
const CONNECT_TIMEOUT_MS = 10_000
// 5 s after the server's own limit: reached only when the server cannot answer at all.
const CLIENT_GRACE_MS = 5_000
// 60 s: no step between two statements of ours waits for anything but this process.
const IDLE_IN_TRANSACTION_MS = 60_000
// 5 s: the process must be gone within 10 s of being told to stop.
const CLOSE_GRACE_MS = 5_000

export function createPool(options: PoolOptions): Db {
  const { url, schema = 'becket', log = silentLog, statementTimeoutMs = 30_000 } = options
  const inSchema = createSchemaNames(schema)
  const open = new Set<pg.PoolClient>()
  const connecting = new Set<Socket>()
  const sockets = new WeakMap<object, Socket>()
  const held = new WeakSet<Socket>()
  let sayAllClosed: () => void = () => {}
  let pool: pg.Pool | undefined
  let closing: Promise<void> | undefined

  function connections(): pg.Pool {
    if (closing !== undefined) throw new AppError('DATABASE_UNREACHABLE', 'The database pool was closed')
    if (pool !== undefined) return pool
    // Only these reach the startup packet: user and database, and what the URL itself asks for. A pooler refuses others.
    const made = new pg.Pool({
      connectionString: connectionString(url),
      max: options.max ?? 10,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      idleTimeoutMillis: 30_000,
      keepAlive: true,
      pipeline: true,
      types: rowValues,
      Client: class extends pg.Client {
        constructor(config: pg.ClientConfig = {}) {
          const socket = new Socket()
          super({ ...config, stream: () => socket })
          sockets.set(this, socket)
          connecting.add(socket)
          const leave = () => connecting.delete(socket)
          this.once('connect', leave)
          socket.once('close', leave)
        }
      },
    })
    made.on('connect', (client) => {
      open.add(client)
      // For the moment in which the pool does not listen any more and its user not yet; whoever uses it then is told.
      client.on('error', () => {})
    })
    made.on('remove', (client) => {
      open.delete(client)
      if (open.size === 0) sayAllClosed()
    })
    // An idle connection that breaks is replaced by the next use; unheard, the event would end the process.
    made.on('error', (error) => log.warn({ reason: error.message }, 'an idle database connection broke'))
    pool = made
    return made
  }

  async function withConnection<Result>(work: (connection: Connection) => Promise<Result>): Promise<Result> {
    let client: pg.PoolClient
    try {
      client = await connections().connect()
    } catch (error) {
      throw named(error, url)
    }
    const connection: Connection = { client, broken: undefined }
    const onError = (error: Error) => {
      connection.broken ??= error
    }
    client.on('error', onError)
    try {
      return await work(connection)
    } catch (error) {
      if (isConnectionError(error)) connection.broken ??= error instanceof Error ? error : new Error(String(error))
      throw named(error, url)
    } finally {
      client.release(connection.broken)
      client.removeListener('error', onError)
    }
  }

  async function send<Row>(
    { client }: Connection,
    text: string,
    values: readonly unknown[] | undefined,
    limitMs: number,
  ): Promise<Rows<Row>> {
    const config: pg.QueryConfig & { query_timeout?: number } = { text: inSchema(text) }
    if (values !== undefined) config.values = [...values]
    if (limitMs > 0) config.query_timeout = limitMs + CLIENT_GRACE_MS
    holdTogether(client)
    // A text of several statements answers with a list; the proof that rows have the shape asked for is the SQL itself.
    const answer: unknown = await client.query(config)
    const last = Array.isArray(answer) ? answer.at(-1) : answer
    const { rows, rowCount } = last as { rows: Row[]; rowCount: number | null }
    return { rows, count: rowCount ?? 0 }
  }

  /** What is sent within one turn leaves in one piece: each piece is a call of the system, and wakes the server. */
  function holdTogether(client: pg.PoolClient): void {
    const socket = sockets.get(client)
    if (socket === undefined || held.has(socket)) return
    held.add(socket)
    socket.cork()
    process.nextTick(() => {
      held.delete(socket)
      socket.uncork()
    })
  }

  return {
    schema,

    query: (text, values) => withConnection((connection) => send(connection, text, values, statementTimeoutMs)),

    async tx<Result>(work: (tx: Tx) => Promise<Result>, txOptions: TxOptions = {}): Promise<Result> {
      const limitMs = txOptions.statementTimeoutMs ?? statementTimeoutMs
      const beforeCommit: (() => Promise<void>)[] = []
      const afterCommit: (() => void)[] = []
      const result = await withConnection(async (connection) => {
        // Not waited for: what follows is sent behind it, and does nothing where it failed.
        const opened = send(connection, opening(limitMs, txOptions.lockTimeoutMs), undefined, limitMs)
        const unwaited: Promise<unknown>[] = [opened]
        let firstFailure: unknown
        const note = (error: unknown) => {
          firstFailure ??= error
        }
        opened.catch(note)
        // Work that goes on when the transaction has failed or ended would write on a connection that is somebody else's.
        let isOver = false
        const requireOpen = () => {
          if (isOver) throw new Error('The transaction is over: nothing more can be done in it')
        }
        let value: Result
        try {
          value = await work({
            query: async <Row>(text: string, values?: readonly unknown[]) => {
              requireOpen()
              try {
                const [, rows] = await Promise.all([opened, send<Row>(connection, text, values, limitMs)])
                return rows
              } catch (error) {
                note(error)
                // What failed first is the reason why this one was refused.
                throw named(firstFailure, url)
              }
            },
            send(text, values) {
              requireOpen()
              const sent = send(connection, text, values, limitMs)
              sent.catch(note)
              unwaited.push(sent)
            },
            beforeCommit: (hook) => beforeCommit.push(hook),
            afterCommit: (hook) => afterCommit.push(hook),
          })
          for (let hook = beforeCommit.shift(); hook !== undefined; hook = beforeCommit.shift()) await hook()
        } catch (error) {
          isOver = true
          await rollBack(connection)
          throw error
        }
        isOver = true
        if (connection.broken !== undefined) throw named(connection.broken, url)
        const committed = commit(connection, () => firstFailure)
        const [, ...ends] = await Promise.allSettled([committed, ...unwaited])
        const failed = ends.find((end) => end.status === 'rejected')
        try {
          await committed
        } catch (error) {
          // What was sent without waiting is heard of here first; whether a broken commit happened, nobody knows.
          throw failed === undefined || isConnectionError(error) ? error : named(failed.reason, url)
        }
        // Without its beginning there was no transaction, and PostgreSQL calls its commit a success.
        if (failed !== undefined) throw named(failed.reason, url)
        return value
      })
      for (const hook of afterCommit) hook()
      return result
    },

    close() {
      closing ??= closePool()
      return closing
    },
  }

  /** What the transaction did stays undone; a connection on which even that fails is not used again. */
  async function rollBack(connection: Connection): Promise<void> {
    if (connection.broken !== undefined) return
    try {
      await send(connection, 'rollback', undefined, CLIENT_GRACE_MS)
    } catch (error) {
      connection.broken ??= error instanceof Error ? error : new Error(String(error))
    }
  }

  async function commit(connection: Connection, firstFailure: () => unknown): Promise<void> {
    let command: string
    try {
      holdTogether(connection.client)
      const answer = await connection.client.query({
        text: 'commit',
        query_timeout: statementTimeoutMs + CLIENT_GRACE_MS,
      } as pg.QueryConfig)
      command = answer.command
    } catch (error) {
      if (!isConnectionError(error)) throw error
      connection.broken ??= error instanceof Error ? error : new Error(String(error))
      throw new AppError(
        'DATABASE_UNREACHABLE',
        'The connection broke during a commit: it may or may not have happened',
        {
          cause: error,
        },
      )
    }
    // After a failed statement that the caller swallowed, PostgreSQL answers a commit by rolling back, without an error.
    if (command === 'ROLLBACK') {
      throw new Error('The transaction was rolled back: a statement in it had failed', { cause: firstFailure() })
    }
  }

  async function closePool(): Promise<void> {
    if (pool === undefined) return
    // The pool calls itself ended when its connections are told to close. Whoever ends the database next would still
    // break them, so the end is waited for until the last one is closed.
    const allClosed = new Promise<void>((resolve) => {
      sayAllClosed = resolve
    })
    // The pool waits for what is still connecting, and a server that accepts and says nothing would keep it waiting.
    for (const socket of connecting) socket.destroy()
    const ended = pool.end().then(() => (open.size === 0 ? undefined : allClosed))
    const patience = setTimeout(() => {
      log.warn({ connections: open.size }, 'database connections still busy were cut off')
      for (const client of open) (client as unknown as pg.Client).end()
    }, CLOSE_GRACE_MS)
    try {
      await ended
    } finally {
      clearTimeout(patience)
    }
  }
}

interface Connection {
  client: pg.PoolClient
  /** Why this connection must not be used again. */
  broken: Error | undefined
}

/** One round trip: the limits hold for this transaction only, whoever uses the server's connection next. */
function opening(limitMs: number, lockMs: number | undefined): string {
  return [
    'begin isolation level read committed',
    `set local statement_timeout = ${Math.trunc(limitMs)}`,
    `set local idle_in_transaction_session_timeout = ${IDLE_IN_TRANSACTION_MS}`,
    ...(lockMs === undefined ? [] : [`set local lock_timeout = ${Math.trunc(lockMs)}`]),
  ].join('; ')
}
