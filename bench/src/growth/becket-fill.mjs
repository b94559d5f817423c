/**
 * Fills a database with what Becket has after years: finished jobs over the time that it keeps them, and expectations
 * that wait. In chunks, with the indexes made at the end, and everything tidied up, so that no run measures the filling.
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
 * In days: of finished jobs, of callbacks, and of the claims on their identity. A little less than Becket keeps by
 * default (90, 30 and 7), so that nothing falls due to be dropped while it is measured.
 */
const keptDays = { finished: 80, callbacks: 28, claims: 6 }
const partitionDays = {
  callback: keptDays.callbacks + 1,
  evidence: keptDays.finished + 1,
  event: keptDays.finished + 1,
}
const CLAIMS = 'callback_claim'

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

/** `say` is told how far it is. */
export async function fillBecket(url, { finished, waiting, say, nowMs = Date.now() }) {
  await migrateBecket(url)
  await withClient(url, async (client) => {
    await client.query('set synchronous_commit = off')
    await client.query(`set maintenance_work_mem = '1GB'`)
    await makePartitions(client, nowMs)
    const tables = ['job', 'expectation', 'evidence', 'event', 'callback', 'wakeup', CLAIMS]
    const step = Math.min(Math.ceil(finished / CHUNKS), LARGEST_CHUNK)
    const aside = await setIndexesAside(client, 'becket', tables)
    for (let first = 1; first <= finished; first += step) {
      const last = Math.min(first + step - 1, finished)
      // The oldest first, evenly over the time.
      const ageDays = keptDays.finished * (1 - first / finished)
      const timeMs = Math.round(nowMs - ageDays * DAY_MS)
      const statements = finishedRows({
        clock: await clockOf(timeMs),
        hasCallbacks: ageDays < keptDays.callbacks,
        claims: ageDays < keptDays.claims ? CLAIMS : null,
      })
      await inTransaction(client, statements, first, last, timeMs)
      if (Math.floor(last / 1e6) !== Math.floor((first - 1) / 1e6))
        say(`${last / 1e6} of ${finished / 1e6} million finished jobs`)
    }
    for (let first = 1; first <= waiting; first += LARGEST_CHUNK) {
      const last = Math.min(first + LARGEST_CHUNK - 1, waiting)
      await inTransaction(client, waitingRows({ clock: await clockOf(nowMs) }), first, last, nowMs)
    }
    say(`${waiting} waiting expectations; making the indexes`)
    await aside.putBack(() => {})
    say('vacuum')
    await client.query('vacuum (analyze)')
    await client.query('checkpoint')
  })
}

async function inTransaction(client, statements, first, last, timeMs) {
  await client.query('begin')
  for (const statement of statements) await client.query(statement, typed(statement, first, last, timeMs))
  await client.query('commit')
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

async function withClient(url, work) {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}
