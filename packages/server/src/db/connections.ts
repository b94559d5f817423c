/**
 * The connections behind the pool: opened, kept, handed to one user at a time, closed. What is sent within one turn leaves
 * in one piece. Knows no transactions.
 */
import { Socket } from 'node:net'
import pg from 'pg'
import { AppError } from '../core/error.ts'
import { connectionString } from './database-url.ts'
import type { DbLog } from './log.ts'
import { createNamedStatements, type NamedStatements } from './named-statements.ts'
import { rowValues } from './row-values.ts'
import { isConnectionError, isForgottenStatement, isOutdatedPlan, named } from './sql-error.ts'

// 10 s: waiting longer for a connection means that the database is away or that everything is stuck; say so.
const CONNECT_TIMEOUT_MS = 10_000
// 5 s: the process must be gone within 10 s of being told to stop.
const CLOSE_GRACE_MS = 5_000

export interface Connection {
  /** Why this connection must not be used again. */
  broken: Error | undefined
  /** Sent behind what was sent before, without waiting for its answer. */
  send(config: pg.QueryConfig & { query_timeout?: number }): Promise<pg.QueryResult>
}

export interface Connections {
  /** The connection is the caller's until `work` is over. Connection errors get their name. */
  use<Result>(work: (connection: Connection) => Promise<Result>): Promise<Result>
  /** Resolves when all are closed; what is busy for too long is cut off. */
  close(): Promise<void>
}

interface Opened {
  socket: Socket
  statements: NamedStatements
  /** It is written when this turn is over. */
  isHeld: boolean
}

export function createConnections({ url, max, log }: { url: string; max: number; log: DbLog }): Connections {
  const open = new Map<pg.PoolClient, Opened>()
  const connecting = new Set<Socket>()
  const sockets = new WeakMap<object, Socket>()
  let mayName = true
  let sayAllClosed: () => void = () => {}
  let pool: pg.Pool | undefined
  let closing: Promise<void> | undefined

  function connections(): pg.Pool {
    if (closing !== undefined) throw new AppError('DATABASE_UNREACHABLE', 'The database pool was closed')
    if (pool !== undefined) return pool
    // Only these reach the startup packet: user and database, and what the URL itself asks for. A pooler refuses others.
    const made = new pg.Pool({
      connectionString: connectionString(url),
      max,
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
      const socket = sockets.get(client)
      if (socket === undefined) throw new Error('a database connection was opened without its socket')
      const statements = createNamedStatements(client, { mayName: () => mayName, now: () => performance.now() })
      open.set(client, { socket, statements, isHeld: false })
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

  async function use<Result>(work: (connection: Connection) => Promise<Result>): Promise<Result> {
    let client: pg.PoolClient
    try {
      client = await connections().connect()
    } catch (error) {
      throw named(error, url)
    }
    const connection: Connection = { broken: undefined, send: (config) => send(client, config) }
    const onError = (error: Error) => {
      connection.broken ??= error
    }
    client.on('error', onError)
    try {
      const opened = openedOf(client)
      holdTogether(opened)
      opened.statements.begin()
      return await work(connection)
    } catch (error) {
      if (isConnectionError(error)) connection.broken ??= asError(error)
      noteForgotten(connection, error)
      throw named(error, url)
    } finally {
      client.release(connection.broken)
      client.removeListener('error', onError)
    }
  }

  function send(client: pg.PoolClient, config: pg.QueryConfig): Promise<pg.QueryResult> {
    const opened = openedOf(client)
    holdTogether(opened)
    const name = config.values === undefined ? undefined : opened.statements.nameOf(config.text)
    return client.query(name === undefined ? config : { ...config, name })
  }

  function openedOf(client: pg.PoolClient): Opened {
    const opened = open.get(client)
    if (opened === undefined) throw new Error('a database connection was used that is not open')
    return opened
  }

  /** A connection whose names fail is not used again. */
  function noteForgotten(connection: Connection, error: unknown): void {
    const isForgotten = isForgottenStatement(error)
    if (!isForgotten && !isOutdatedPlan(error)) return
    connection.broken ??= asError(error)
    if (!isForgotten || !mayName) return
    mayName = false
    const reason = asError(error).message
    log.warn({ reason }, 'the database forgot a statement; from now on each is sent whole, which costs it more')
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
      for (const client of open.keys()) (client as unknown as pg.Client).end()
    }, CLOSE_GRACE_MS)
    try {
      await ended
    } finally {
      clearTimeout(patience)
    }
  }

  return {
    use,
    close() {
      closing ??= closePool()
      return closing
    },
  }
}

/** Each piece is a call of the system, and wakes the server. */
function holdTogether(opened: Opened): void {
  if (opened.isHeld) return
  opened.isHeld = true
  opened.socket.cork()
  process.nextTick(() => {
    opened.isHeld = false
    opened.socket.uncork()
  })
}

export function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
