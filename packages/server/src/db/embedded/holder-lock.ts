/**
 * Whose the embedded database is: a session that holds an advisory lock in it. The lock dies with its holder, however
 * that ends, so what a killed process left running can be taken over, and what another one uses cannot.
 */
import pg from 'pg'
import { sqlState } from '../sql-error.ts'

export interface HolderLock {
  /** The session, for what only the holder may do. */
  client: pg.Client
  /** Whether the session ended under us. */
  readonly isLost: boolean
  /** From here on, the end of the session is no loss. */
  expectEnd(): void
  release(): Promise<void>
}

export type LockAttempt =
  | { kind: 'held'; lock: HolderLock }
  | { kind: 'taken'; by: string }
  | { kind: 'not-ready' }
  | { kind: 'refused'; reason: string }

// Any two numbers, as long as they stay: the lock's name.
const LOCK = [7400, 1] as const
const CONNECT_MS = 2_000

/** One attempt. `onLost` is called at most once, if the session ends before it is released. */
export async function takeHolderLock(options: {
  port: number
  password: string
  onLost: (error: Error) => void
}): Promise<LockAttempt> {
  const client = new pg.Client({
    host: '127.0.0.1',
    port: options.port,
    user: 'becket',
    password: options.password,
    database: 'postgres',
    application_name: `becket ${process.pid}`,
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
  })
  let watching = false
  let isLost = false
  client.on('error', (error) => {
    if (!watching) return
    watching = false
    isLost = true
    options.onLost(error)
  })
  try {
    await client.connect()
    const { rows } = await client.query<{ got: boolean }>('select pg_try_advisory_lock($1, $2) as got', [...LOCK])
    if (rows[0]?.got !== true) {
      const by = await describeHolder(client)
      await client.end()
      return by === undefined ? { kind: 'not-ready' } : { kind: 'taken', by }
    }
  } catch (error) {
    await client.end().catch(() => {})
    const state = sqlState(error)
    // Wrong password, no such user: waiting does not mend these.
    if (state?.startsWith('28') && error instanceof Error) return { kind: 'refused', reason: error.message }
    return { kind: 'not-ready' }
  }
  watching = true
  return {
    kind: 'held',
    lock: {
      client,
      get isLost() {
        return isLost
      },
      expectEnd() {
        watching = false
      },
      async release() {
        watching = false
        await client.end().catch(() => {})
      },
    },
  }
}

async function describeHolder(client: pg.Client): Promise<string | undefined> {
  const { rows } = await client.query<{ name: string; since: Date }>(
    `select a.application_name as name, a.backend_start as since
       from pg_locks l join pg_stat_activity a on a.pid = l.pid
      where l.locktype = 'advisory' and l.classid = $1 and l.objid = $2 and l.granted`,
    [...LOCK],
  )
  const holder = rows[0]
  if (holder === undefined) return undefined // gone in this moment
  return `process ${holder.name.replace(/^becket /, '')}, since ${holder.since.toISOString()}`
}
