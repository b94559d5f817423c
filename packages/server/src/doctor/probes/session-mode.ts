/**
 * What of a session outlives its transactions. On one connection something is left behind in four ways; then a second
 * connection occupies a server process, so that a pooler has to show whether the first still has its own. Judges nothing.
 */
import { randomBytes } from 'node:crypto'
import { sqlState } from '../../db/sql-error.ts'
import type { Session } from './database-session.ts'
import { within } from './time-limit.ts'

export interface SessionMode {
  /** The server process is not the one that the connection was told of: something stands between. */
  behindPooler: boolean
  /** Transactions of one connection ran in different server processes. */
  moved: boolean
  /** What is still there in the next transaction. */
  kept: { prepared: boolean; setting: boolean; lock: boolean; notification: boolean }
}

// 700 ms: a notification takes a millisecond; where none comes, nobody is to wait long for it.
const NOTIFICATION_MS = 700

/** `first` and `second`: two connections by the same URL. Leaves nothing behind that it can still reach. */
export async function examineMode(first: Session, second: Session, signal: AbortSignal): Promise<SessionMode> {
  const name = `becket_probe_${randomBytes(6).toString('hex')}`
  // Positive, and within what a bigint holds.
  const lock = String(randomBytes(6).readUIntBE(0, 6))
  const prepare = () => first.named(name, 'select $1::int as n', [1])

  await first.query('begin')
  const began = await pidOf(first)
  await prepare()
  await first.query(`select set_config('becket.probe', $1, false)`, [name])
  await first.query('select pg_try_advisory_lock($1::bigint)', [lock])
  await first.query('commit')
  const listens = await listen(first, name)

  await second.query('begin')
  const occupied = await pidOf(second)
  const [now] = await first.query<{ pid: number; setting: string | null; locks: number }>(
    `select pg_backend_pid() as pid, current_setting('becket.probe', true) as setting,
       (select count(*)::int from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()
          and ((classid::bigint << 32) | objid::bigint) = $1::bigint) as locks`,
    [lock],
  )
  const prepared = await isKept(prepare)
  if (occupied === began) await cleanUp(second, name, lock)
  await second.query('commit')
  await first.query('select pg_advisory_unlock($1::bigint)', [lock])
  const notification = listens && (await arrives(first, second, name, signal))
  for (const session of listens ? [first, second] : []) await session.query(`unlisten ${name}`)
  return {
    behindPooler: first.toldPid !== null && first.toldPid !== began,
    moved: now?.pid !== began,
    kept: { prepared, setting: now?.setting === name, lock: now?.locks === 1, notification },
  }
}

async function pidOf(session: Session): Promise<number | undefined> {
  const [row] = await session.query<{ pid: number }>('select pg_backend_pid() as pid')
  return row?.pid
}

/** False on a standby, which takes no listeners. */
async function listen(session: Session, channel: string): Promise<boolean> {
  try {
    await session.query(`listen ${channel}`)
    return true
  } catch (error) {
    if (sqlState(error) === undefined) throw error
    return false
  }
}

async function isKept(useAgain: () => Promise<void>): Promise<boolean> {
  try {
    await useAgain()
    return true
  } catch (error) {
    const state = sqlState(error)
    // Gone, or another client's of the same name.
    if (state === '26000' || state === '42P05') return false
    throw error
  }
}

/** The second connection got the server process of the first: here lies what the first cannot reach any more. */
async function cleanUp(second: Session, name: string, lock: string): Promise<void> {
  await second.query('select pg_advisory_unlock($1::bigint)', [lock])
  await second.query(`select set_config('becket.probe', '', false)`)
  const left = await second.query('select from pg_prepared_statements where name = $1', [name])
  if (left.length > 0) await second.query(`deallocate ${name}`)
}

async function arrives(first: Session, second: Session, channel: string, signal: AbortSignal): Promise<boolean> {
  const heard = first.heard(channel)
  await second.query(`select pg_notify($1, '')`, [channel])
  return (await within(NOTIFICATION_MS, signal, () => heard)).kind === 'done'
}
