/**
 * The pool of connections, as `Db`. Nothing outlives a transaction on a connection but the names of statements, so a
 * transaction pooler may sit between. Statements that do not wait for each other's answers are sent one behind the other.
 * Does not retry: callers know what may be repeated.
 */
import type pg from 'pg'
import { AppError } from '../core/error.ts'
import { asError, type Connection, createConnections } from './connections.ts'
import type { Db, Rows, Tx, TxOptions } from './db.ts'
import { type DbLog, silentLog } from './log.ts'
import { createSchemaNames } from './schema-name.ts'
import { isConnectionError, named } from './sql-error.ts'

export interface PoolOptions {
  url: string
  schema?: string
  max?: number
  log?: DbLog
  statementTimeoutMs?: number
}

// 5 s after the server's own limit: reached only when the server cannot answer at all.
const CLIENT_GRACE_MS = 5_000
// 60 s: no step between two statements of ours waits for anything but this process.
const IDLE_IN_TRANSACTION_MS = 60_000

export function createPool(options: PoolOptions): Db {
  const { url, schema = 'becket', log = silentLog, statementTimeoutMs = 30_000 } = options
  const inSchema = createSchemaNames(schema)
  const connections = createConnections({ url, max: options.max ?? 10, log })

  async function send<Row>(
    connection: Connection,
    text: string,
    values: readonly unknown[] | undefined,
    limitMs: number,
  ): Promise<Rows<Row>> {
    const config: pg.QueryConfig & { query_timeout?: number } = { text: inSchema(text) }
    if (values !== undefined) config.values = [...values]
    if (limitMs > 0) config.query_timeout = limitMs + CLIENT_GRACE_MS
    // A text of several statements answers with a list; the proof that rows have the shape asked for is the SQL itself.
    const answer: unknown = await connection.send(config)
    const last = Array.isArray(answer) ? answer.at(-1) : answer
    const { rows, rowCount } = last as { rows: Row[]; rowCount: number | null }
    return { rows, count: rowCount ?? 0 }
  }

  return {
    schema,

    query: (text, values) => connections.use((connection) => send(connection, text, values, statementTimeoutMs)),

    async tx<Result>(work: (tx: Tx) => Promise<Result>, txOptions: TxOptions = {}): Promise<Result> {
      const limitMs = txOptions.statementTimeoutMs ?? statementTimeoutMs
      const beforeCommit: (() => Promise<void>)[] = []
      const afterCommit: (() => void)[] = []
      const result = await connections.use(async (connection) => {
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

    close: connections.close,
  }

  /** What the transaction did stays undone; a connection on which even that fails is not used again. */
  async function rollBack(connection: Connection): Promise<void> {
    if (connection.broken !== undefined) return
    try {
      await send(connection, 'rollback', undefined, CLIENT_GRACE_MS)
    } catch (error) {
      connection.broken ??= asError(error)
    }
  }

  async function commit(connection: Connection, firstFailure: () => unknown): Promise<void> {
    let command: string
    try {
      const answer = await connection.send({
        text: 'commit',
        query_timeout: statementTimeoutMs + CLIENT_GRACE_MS,
      })
      command = answer.command
    } catch (error) {
      if (!isConnectionError(error)) throw error
      connection.broken ??= asError(error)
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
