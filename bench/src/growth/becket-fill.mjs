/**
 * Fills a database with what Becket has after years: finished jobs over the time that it keeps them, and expectations
 * that wait. In chunks, by as many connections as fit, with the indexes made at the end, and everything tidied up, so that
 * no run measures the filling.
 */

import { join } from 'node:path'
import pg from 'pg'
import { built } from '../harness/paths.mjs'
import { finishedRows, waitingRows } from './becket-rows.mjs'
import { setIndexesAside } from './set-aside.mjs'

const DAY_MS = 86_400_000
// 160: half a day of history in each, so that what is kept for a week only is made as well.
const CHUNKS = 160
const LARGEST_CHUNK = 100_000

/**
 * In days: of finished jobs, of callbacks, of requests, and of the claims on what callbacks are. A little less than Becket
 * keeps by default (90, 30, 7 and 7), so that nothing falls due to be dropped while it is measured.
 */
const keptDays = { finished: 80, callbacks: 28, requests: 6, claims: 6 }
const partitionDays = {
  callback: keptDays.callbacks + 1,
  evidence: keptDays.finished + 1,
  event: keptDays.finished + 1,
  request: keptDays.requests + 1,
}
const CLAIMS = 'callback_claim'
// The ones with most to sort come first: whoever fills is done at about the same time.
const tables = ['expectation', 'event', 'job', 'evidence', 'callback', 'wakeup', 'request', CLAIMS]
// Two: the processors of the smallest machine that this is meant for.
const CONNECTIONS = 2

/** Empty tables, as a first start makes them. */
export async function migrateBecket(url) {
  const load = (path) => import(join(built, ...path))
  const [{ createPool }, { migrate }, { ensurePartitions }, { silentLog }] = await Promise.all([
    load(['db', 'pool.js']),
    load(['db', 'migrate.js']),
    load(['store', 'partitions.js']),
    load(['observe', 'log.js']),
  ])
  const db = createPool({ url, max: 2 })
  try {
    await migrate(db, { log: silentLog })
    await ensurePartitions(db)
  } finally {
    await db.close()
  }
}

/** Of the ids that a clock at this time makes. */
export async function clockOf(timeMs) {
  const { firstIdAt } = await import(join(built, 'core', 'id.js'))
  return firstIdAt('job', timeMs).slice(4, 14)
}

/** Waiting expectations alone, quickly: what an intake run needs. Answers the clock of their ids. */
export async function addWaiting(url, count, { word = 'due', nowMs = Date.now() } = {}) {
  const clock = await clockOf(nowMs)
  await withClient(url, async (client) => {
    for (const statement of waitingRows({ clock, word }))
      await client.query(statement, typed(statement, 1, count, nowMs))
    await client.query('vacuum analyze becket.expectation, becket.wakeup')
  })
  return clock
}

/** Of one run what nobody called back for: the next one finds as many waiting as this one did. */
export async function removeWaiting(url, clock) {
  await withClient(url, async (client) => {
    const since = `exp_${clock}`
    await client.query(`delete from becket.wakeup where lane = 'expectation' and subject >= $1`, [since])
    await client.query(`delete from becket.expectation where id >= $1 and key like 'due-%'`, [since])
    await client.query('vacuum becket.expectation, becket.wakeup')
  })
}

/** `say` is told how far it is. */
export async function fillBecket(url, { finished, waiting, say, nowMs = Date.now() }) {
  await migrateBecket(url)
  await withClients(url, async (clients) => {
    const [first] = clients
    await makePartitions(first, nowMs)
    const aside = await setIndexesAside(first, 'becket', tables)
    let done = 0
    await share(clients, chunksOf(finished, waiting, nowMs), async (client, chunk) => {
      await inTransaction(client, await statementsOf(chunk), chunk)
      const before = done
      done += chunk.last - chunk.first + 1
      if (Math.floor(done / 1e6) !== Math.floor(before / 1e6)) say(`${Math.floor(done / 1e6)} million`)
    })
    say('making the indexes')
    await share(clients, tables, (client, table) => aside.putBack(client, table))
    say('vacuum')
    const { rows } = await first.query(
      `select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where n.nspname = 'becket' and c.relkind = 'r' order by c.relpages desc, pg_table_size(c.oid) desc`,
    )
    await share(clients, rows, (client, { name }) => client.query(`vacuum (freeze, analyze) ${name}`))
    // Of the parents, nobody but their owner does it.
    for (const table of Object.keys(partitionDays)) await first.query(`analyze becket.${table}`)
  })
}

/** The oldest first, evenly over the time; what waits is of today. */
function chunksOf(finished, waiting, nowMs) {
  const step = Math.max(1, Math.min(Math.ceil(finished / CHUNKS), LARGEST_CHUNK))
  const starts = (count, size) => Array.from({ length: Math.ceil(count / size) }, (_, index) => index * size + 1)
  return [
    ...starts(finished, step).map((first) => {
      const ageDays = keptDays.finished * (1 - first / finished)
      const timeMs = Math.round(nowMs - ageDays * DAY_MS)
      return { ageDays, timeMs, first, last: Math.min(first + step - 1, finished) }
    }),
    ...starts(waiting, LARGEST_CHUNK).map((first) => {
      return { ageDays: null, timeMs: nowMs, first, last: Math.min(first + LARGEST_CHUNK - 1, waiting) }
    }),
  ]
}

async function statementsOf({ ageDays, timeMs }) {
  const clock = await clockOf(timeMs)
  if (ageDays === null) return waitingRows({ clock })
  return finishedRows({
    clock,
    hasCallbacks: ageDays < keptDays.callbacks,
    hasRequests: ageDays < keptDays.requests,
    claims: ageDays < keptDays.claims ? CLAIMS : null,
  })
}

async function inTransaction(client, statements, { first, last, timeMs }) {
  await client.query('begin')
  for (const statement of statements) await client.query(statement, typed(statement, first, last, timeMs))
  await client.query('commit')
}

/** Each takes the next piece as soon as it is done with one. */
async function share(clients, pieces, work) {
  const left = [...pieces]
  await Promise.all(
    clients.map(async (client) => {
      for (let piece = left.shift(); piece !== undefined; piece = left.shift()) await work(client, piece)
    }),
  )
}

/** PostgreSQL wants no parameter that a statement does not name. */
function typed(statement, ...values) {
  return statement.includes('$3') ? values : values.slice(0, 2)
}

/** As Becket makes them, for the days behind us that it keeps of each. */
async function makePartitions(client, nowMs) {
  const { partitionOf } = await import(join(built, 'store', 'partitions.js'))
  const { rows } = await client.query(
    `select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = 'becket' and c.relispartition`,
  )
  const existing = new Set(rows.map((row) => row.name))
  const today = Math.floor(nowMs / DAY_MS)
  for (const [table, days] of Object.entries(partitionDays)) {
    for (let day = today - days; day < today; day++) {
      const { name, from, to } = partitionOf(table, day)
      if (existing.has(name)) continue
      await client.query(
        `create table becket.${name} partition of becket.${table} for values from ('${from}') to ('${to}')`,
      )
    }
  }
}

async function withClients(url, work) {
  const clients = Array.from({ length: CONNECTIONS }, () => new pg.Client({ connectionString: url }))
  try {
    for (const client of clients) await client.connect()
    await work(clients)
  } finally {
    for (const client of clients) await client.end()
  }
}

async function withClient(url, work) {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}
