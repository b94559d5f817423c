/**
 * The server process of the embedded PostgreSQL: starts it in a session of its own, finds it again by its pid file, and
 * ends it. Does not decide who may use it; see holder-lock.ts.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { open, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { DbLog } from '../log.ts'
import type { Account } from './account.ts'
import type { Binaries } from './binaries.ts'
import type { Cluster } from './cluster.ts'
import { hasCode } from './has-code.ts'
import { commandOf, isAlive, isUnburied, readText } from './process-state.ts'
import { run, serverEnvironment } from './run.ts'

export interface Postmaster {
  pid: number
  port: number
}

// 10 MB of messages are kept, and as much from before.
const LOG_BYTES = 10_000_000
// 5 s for an orderly end, of the 10 s that the whole process has.
const FAST_MS = 5_000
const IMMEDIATE_MS = 3_000
const POLL_MS = 10

export async function spawnPostmaster(options: {
  binaries: Binaries
  cluster: Cluster
  account: Account | undefined
  port: number
  durable: boolean
}): Promise<ChildProcess> {
  const { binaries, cluster, account, port, durable } = options
  await turnLog(cluster.log)
  const log = await open(cluster.log, 'a', 0o600)
  try {
    const child = spawn(binaries.postgres, ['-D', cluster.data, ...settings(port, durable)], {
      // Its own session: Ctrl-C in a terminal reaches us alone, and we end the server when nothing uses it any more.
      detached: true,
      cwd: cluster.data,
      env: serverEnvironment(),
      stdio: ['ignore', log.fd, log.fd],
      windowsHide: true,
      ...(account === undefined ? {} : { uid: account.uid, gid: account.gid }),
    })
    child.on('error', () => {}) // It shows as an exit without a pid file; the caller reads the log's end.
    child.unref()
    return child
  } finally {
    await log.close()
  }
}

function settings(port: number, durable: boolean): string[] {
  const values: Record<string, string | number> = {
    port,
    listen_addresses: '127.0.0.1',
    // A socket's path may have 107 bytes, and data directories lie deep; loopback with a password has no such limit.
    unix_socket_directories: '',
    // Messages without the statement and its values: payloads do not belong in a log.
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    ...(durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  }
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}

/** What the pid file says. PostgreSQL writes the port a moment after the pid; until then the server counts as absent. */
export async function readPostmaster(cluster: Cluster): Promise<Postmaster | undefined> {
  const [pid, , , port] = (await readText(pidFile(cluster))).split('\n').map((line) => Number.parseInt(line, 10))
  return pid !== undefined && pid > 0 && port !== undefined && port > 0 ? { pid, port } : undefined
}

/**
 * Removes a pid file that would keep PostgreSQL from starting for no reason: its pid belongs to something else now, as
 * after a restart of a container, or to a dead process that nobody has buried. Plainly dead ones PostgreSQL sees itself.
 */
export async function removeStalePidFile(cluster: Cluster, found: Postmaster): Promise<void> {
  if (!(await isUnburied(found.pid))) {
    const command = await commandOf(found.pid)
    if (command === undefined || command.includes('postgres')) return
  }
  const again = await readPostmaster(cluster)
  if (again?.pid === found.pid && again.port === found.port) await rm(pidFile(cluster), { force: true })
}

/**
 * Ends the server: orderly first, at once after 5 s, by force after 8 s. Returns when it is gone. One that `hasCrashed`
 * is busy with itself and does not hear of an orderly end; it has lost that chance anyway.
 */
export async function endPostmaster(options: {
  pid: number
  binaries: Binaries
  cluster: Cluster
  account: Account | undefined
  log: DbLog
  hasCrashed?: boolean
}): Promise<void> {
  const { pid, log, hasCrashed = false } = options
  for (const { mode, signal, patienceMs } of [
    { mode: 'fast', signal: 'SIGINT', patienceMs: FAST_MS },
    { mode: 'immediate', signal: 'SIGQUIT', patienceMs: IMMEDIATE_MS },
    { mode: 'kill', signal: 'SIGKILL', patienceMs: IMMEDIATE_MS },
  ] as const) {
    if (hasCrashed && mode === 'fast') continue
    if (mode !== 'fast' && !hasCrashed) log.warn({ pid, mode }, 'the embedded PostgreSQL is slow to stop')
    if (process.platform === 'win32' && mode !== 'kill') {
      const args = ['stop', '-D', options.cluster.data, '-m', mode, '-W']
      await run(options.binaries.pgCtl, args, options.account, options.cluster.data)
    } else {
      try {
        process.kill(pid, signal)
      } catch (error) {
        if (!hasCode(error, 'ESRCH')) throw error
      }
    }
    const until = performance.now() + patienceMs
    while (performance.now() < until) {
      if (!(await isAlive(pid))) return
      await delay(POLL_MS)
    }
  }
  log.error({ pid }, 'the embedded PostgreSQL cannot be stopped')
}

/** For the last moment of a process that has no time left: tells the server to end at once, and does not wait. */
export function quitPostmaster(pid: number): void {
  try {
    process.kill(pid, 'SIGQUIT')
  } catch {
    // It is gone already, and this is no moment to report anything.
  }
}

/** The last lines that the server wrote: why it did not start. */
export async function logEnd(cluster: Cluster): Promise<string> {
  const text = await readText(cluster.log)
  return text.slice(-4_000).trim().split('\n').slice(-4).join(' | ')
}

function pidFile(cluster: Cluster): string {
  return join(cluster.data, 'postmaster.pid')
}

async function turnLog(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined)
  if (found !== undefined && found.size > LOG_BYTES) await rename(path, `${path}.1`)
}
