/**
 * One throw-away PostgreSQL for all contenders, from the programs that Becket brings. It syncs before it answers, as it
 * does by default; the few settings that differ from the defaults are told in the results. A database for each run.
 */
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { totalmem } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { built, scratch } from './paths.mjs'

const silent = { info() {}, warn() {}, error() {} }

/** What differs from the defaults. 200 connections: four processes of any contender fit. */
export const serverSettings = { max_connections: 200 }

/**
 * What PostgreSQL's documentation asks of whoever gives it a machine: a quarter of the memory for its own cache, which finds
 * the rest in the system's, and checkpoints that are not forced by the log. For suites whose tables are larger than the
 * 128 MB that it takes unasked.
 */
export function ownServer() {
  const megabytes = Math.floor(totalmem() / 1_048_576)
  return {
    shared_buffers: `${Math.floor(megabytes / 4)}MB`,
    effective_cache_size: `${Math.floor((megabytes * 3) / 4)}MB`,
    checkpoint_timeout: '15min',
    max_wal_size: '8GB',
  }
}

/**
 * `settings` go on top. `directory`: kept after `stop()`, and found again; without one, everything goes. `start()` and
 * `stop({ mode })` may be called again and again: the port stays the same. Modes: `fast`, `immediate`.
 */
export function createPostgres({ settings = {}, directory } = {}) {
  const dataDir = directory ?? join(scratch, `postgres-${process.pid}`)
  const all = { ...serverSettings, ...settings }
  let server
  let port = 0

  return {
    settings: all,
    async start() {
      const { place, cluster, binaries, spawnPostmaster, readPostmaster } = await prepare()
      port = port === 0 ? await freePort() : port
      const lines = Object.entries(all).map(([name, value]) => `${name} = '${value}'`)
      await writeFile(join(cluster.data, 'postgresql.auto.conf'), `${lines.join('\n')}\n`)
      await spawnPostmaster({ binaries, cluster, account: place.account, port, durable: true })
      await waitUntilUp(cluster.password)
      const { pid } = await readPostmaster(cluster)
      const quit = () => kill(pid, 'SIGQUIT')
      // However this process ends, short of being killed, its database does not outlive it.
      process.once('exit', quit)
      server = { pid, quit, place, password: cluster.password }
    },
    async stop({ mode = 'fast', keep = directory !== undefined } = {}) {
      if (server === undefined) return
      const { pid, quit, place } = server
      kill(pid, mode === 'fast' ? 'SIGINT' : 'SIGQUIT')
      while (kill(pid, 0)) await delay(10)
      process.off('exit', quit)
      server = undefined
      if (!keep) for (const path of [place.home, dataDir]) await rm(path, { recursive: true, force: true })
    },
    pid: () => server.pid,
    url,
    /** Empty, or a copy of `template`, which nobody may be connected to. Answers its address. */
    async createDatabase(name, { template = 'template0' } = {}) {
      await admin(`drop database if exists ${name} with (force)`)
      // By files, not by the log: a large template is not written twice.
      await admin(
        `create database ${name} template ${template} strategy ${template === 'template0' ? 'wal_log' : 'file_copy'}`,
      )
      return url(name)
    },
    dropDatabase: (name) => admin(`drop database if exists ${name} with (force)`),
    /** One statement as the owner, in the database named, else in `postgres`. */
    query: admin,
    /** Before each run the same: nothing of the last one is left to be written or cleaned up. */
    settle: () => admin('checkpoint'),
    async version() {
      const { rows } = await admin('show server_version')
      return rows[0].server_version
    },
  }

  async function prepare() {
    const load = (name) => import(join(built, 'db', 'embedded', `${name}.js`))
    const [{ findPlace }, { prepareBinaries }, { openCluster }, postmaster] = await Promise.all(
      ['place', 'binaries', 'cluster', 'postmaster'].map(load),
    )
    await clearDead()
    await mkdir(dataDir, { recursive: true })
    const place = await findPlace({ dataDir, shelter: '/var/lib/becket-bench', log: silent })
    const binaries = await prepareBinaries({ ...place, log: silent })
    const cluster = await openCluster({ ...place, binaries })
    return { place, binaries, cluster, ...postmaster }
  }

  async function waitUntilUp(password) {
    const until = performance.now() + 120_000
    for (;;) {
      const client = new pg.Client({ connectionString: address('postgres', password) })
      const problem = await client.connect().then(
        () => client.end(),
        (error) => error,
      )
      if (problem === undefined) return
      if (performance.now() > until) throw new Error(`PostgreSQL in ${dataDir} is not up: ${problem.message}`)
      await delay(20)
    }
  }

  async function admin(sql, values = [], database = 'postgres') {
    const client = new pg.Client({ connectionString: url(database) })
    await client.connect()
    try {
      return await client.query(sql, values)
    } finally {
      await client.end()
    }
  }

  function url(name) {
    return address(name, server.password)
  }

  function address(name, password) {
    return `postgres://becket:${password}@127.0.0.1:${port}/${name}`
  }
}

/** What a bench that was killed left lying: everything in there begins with a kind and the process id of its maker. */
async function clearDead() {
  for (const name of await readdir(scratch).catch(() => [])) {
    const pid = /^(?:postgres|becket|restate|profile)-(\d+)/.exec(name)?.[1]
    if (pid === undefined || kill(Number(pid), 0)) continue
    await rm(join(scratch, name), { recursive: true, force: true })
  }
}

/** False if there is no such process. */
function kill(pid, signal) {
  try {
    process.kill(pid, signal)
    return true
  } catch (error) {
    if (error.code === 'ESRCH') return false
    throw error
  }
}

export async function freePort() {
  const server = createServer()
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}
