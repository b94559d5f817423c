/** Who takes callbacks in, each with its tables, its server, and the proof that nothing was lost. */

import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { addWaiting, migrateBecket } from '../growth/becket-fill.mjs'
import { startBecket as startAny } from '../harness/becket.mjs'
import { startModule } from '../harness/child.mjs'
import { serverKey } from './server-key.mjs'

const file = (name) => fileURLToPath(new URL(name, import.meta.url))

// 120 s: what was answered is matched in seconds; more is a fault.
const MATCHED_WITHIN_MS = 120_000

/** The tables of the first users, and a row for each callback that will come. */
const handlerTables = `
  create table webhook_work (id bigserial primary key, external_id text, status text not null, input jsonb, result jsonb,
    created_at timestamptz not null default now(), updated_at timestamptz not null default now());
  create index webhook_work_by_external_id on webhook_work (external_id);
  create table webhook_callback (id bigserial primary key, work_id bigint, payload jsonb not null,
    received_at timestamptz not null default now());`

/**
 * By name: `prepare(postgres, database, known)` fills an empty database and answers what the others want to know;
 * `start(url)` the server; `requests` what is sent; `last`: the last callback that is there; `verify` throws where an
 * answered one is missing after that.
 */
export const contenders = {
  becket: {
    prepare: prepareBecket,
    start: startBecket,
    requests: ({ clock, known }) => ({ to: 'token', clock, known }),
    last: lastOf('becket.callback'),
    verify: (query, total, last) => verifyBecket(query, total, last, 'matched'),
  },
  'becket without expectation': {
    prepare: prepareBecket,
    start: startBecket,
    // Beyond what was prepared: no expectation has these ids.
    requests: ({ known }) => ({ to: 'unknown', from: known }),
    last: lastOf('becket.callback'),
    verify: (query, total, last) => verifyBecket(query, total, last, 'orphan'),
  },
  handler: {
    prepare: prepareHandler,
    start: (url) => startModule(file('handler.mjs'), { options: { url } }),
    requests: ({ known }) => ({ to: 'handler', known }),
    last: lastOf('webhook_callback'),
    verify: verifyHandler,
  },
  'handler without work': {
    prepare: prepareHandler,
    start: (url) => startModule(file('handler.mjs'), { options: { url } }),
    requests: ({ known }) => ({ to: 'handler', from: known }),
    last: lastOf('webhook_callback'),
    verify: verifyHandler,
  },
  bare: {
    prepare: async () => ({}),
    start: () => startModule(file('bare.mjs')),
    requests: () => ({ to: 'handler' }),
    last: async () => null,
    verify: async () => ({}),
  },
}

/** Nobody is asked: the callbacks come by themselves. */
function startBecket(url) {
  return startAny({ databaseUrl: url, origin: 'http://127.0.0.1:9', settings: { serverKeys: [serverKey] } })
}

function lastOf(table) {
  return async (query) => (await query(`select max(id) as last from ${table}`)).rows[0].last
}

export async function prepareBecket(postgres, database, known) {
  await migrateBecket(postgres.url(database))
  return { clock: await addWaiting(postgres.url(database), known), known }
}

export async function prepareHandler(postgres, database, known) {
  await postgres.query(handlerTables, undefined, database)
  await postgres.query(
    `insert into webhook_work (external_id, status, input)
     select 'due-' || n, 'submitted', '{"width": 640, "url": "https://files.example.org/in.mp4"}'
     from generate_series(1, $1::bigint) n`,
    [known],
    database,
  )
  await postgres.query('vacuum analyze', undefined, database)
  return { known }
}

/** What was answered may still be on the disk of the process, where the database was slow, and comes from there. */
async function verifyBecket(query, total, last, fate) {
  const beganMs = performance.now()
  for (;;) {
    const waits = await query(`select 1 from becket.wakeup where lane = 'callback' limit 1`)
    if (waits.rows.length === 0) {
      const { rows } = await query(
        `select count(*)::int as stored, count(*) filter (where fate = $1)::int as right,
           count(distinct body)::int as bodies from becket.callback where id > $2`,
        [fate, last ?? ''],
      )
      const { stored, right, bodies } = rows[0]
      const matchedAfterMs = Math.round(performance.now() - beganMs)
      if (stored === total && right === total && bodies === total) return { matchedAfterMs }
      if (stored >= total || matchedAfterMs > MATCHED_WITHIN_MS) {
        throw new Error(
          `${total} callbacks were answered; ${stored} are stored, ${bodies} different ones, ${right} ${fate}`,
        )
      }
    } else if (performance.now() - beganMs > MATCHED_WITHIN_MS) {
      throw new Error(`${total} callbacks were answered, and some are not matched after ${MATCHED_WITHIN_MS / 1_000} s`)
    }
    await delay(50)
  }
}

async function verifyHandler(query, total, last) {
  const { rows } = await query('select count(*)::int as stored from webhook_callback where id > $1', [last ?? 0])
  if (rows[0].stored === total) return {}
  throw new Error(`${total} callbacks were answered, and ${rows[0].stored} are stored`)
}
