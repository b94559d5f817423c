/** Who takes callbacks in, each with its tables, its server, and the proof that nothing was lost. */

import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { addWaiting, migrateBecket } from '../growth/becket-fill.mjs'
import { startModule } from '../harness/child.mjs'
import { startBecket } from './becket.mjs'

const file = (name) => fileURLToPath(new URL(name, import.meta.url))

// 120 s: what was answered is matched in seconds; more is a fault.
const MATCHED_WITHIN_MS = 120_000

/** The tables of the first users, and a row for each callback that will come. */
const handlerTables = `
  create table work (id bigserial primary key, external_id text, status text not null, input jsonb, result jsonb,
    created_at timestamptz not null default now(), updated_at timestamptz not null default now());
  create index work_by_external_id on work (external_id);
  create table webhook_callback (id bigserial primary key, work_id bigint, payload jsonb not null,
    received_at timestamptz not null default now());`

/**
 * By name: `prepare(postgres, database, known)` fills an empty database and answers what the others want to know;
 * `start(url)` the server; `requests` what is sent; `verify(query, total)` throws where an answered callback is missing.
 */
export const contenders = {
  becket: {
    prepare: prepareBecket,
    start: (url) => startBecket({ url }),
    requests: ({ clock, known }) => ({ to: 'token', clock, known }),
    verify: (query, total) => verifyBecket(query, total, 'matched'),
  },
  'becket, no expectation': {
    prepare: prepareBecket,
    start: (url) => startBecket({ url }),
    // Beyond what was prepared: no expectation has these ids.
    requests: ({ known }) => ({ to: 'unknown', from: known }),
    verify: (query, total) => verifyBecket(query, total, 'orphan'),
  },
  handler: {
    prepare: prepareHandler,
    start: (url) => startModule(file('handler.mjs'), { options: { url } }),
    requests: ({ known }) => ({ to: 'handler', known }),
    verify: verifyHandler,
  },
  'handler, no work': {
    prepare: prepareHandler,
    start: (url) => startModule(file('handler.mjs'), { options: { url } }),
    requests: ({ known }) => ({ to: 'handler', from: known }),
    verify: verifyHandler,
  },
  bare: {
    prepare: async () => ({}),
    start: () => startModule(file('bare.mjs')),
    requests: () => ({ to: 'handler' }),
    verify: async () => ({}),
  },
}

export async function prepareBecket(postgres, database, known) {
  await migrateBecket(postgres.url(database))
  return { clock: await addWaiting(postgres.url(database), known), known }
}

export async function prepareHandler(postgres, database, known) {
  await postgres.query(handlerTables, undefined, database)
  await postgres.query(
    `insert into work (external_id, status, input)
     select 'due-' || n, 'submitted', '{"width": 640, "url": "https://files.example.org/in.mp4"}'
     from generate_series(1, $1::bigint) n`,
    [known],
    database,
  )
  await postgres.query('vacuum analyze', undefined, database)
  return { known }
}

async function verifyBecket(query, total, fate) {
  const beganMs = performance.now()
  while (performance.now() - beganMs < MATCHED_WITHIN_MS) {
    const { rows } = await query(`select 1 from becket.wakeup where lane = 'callback' limit 1`)
    if (rows.length === 0) break
    await delay(50)
  }
  const matchedAfterMs = Math.round(performance.now() - beganMs)
  const { rows } = await query(
    `select count(*)::int as stored, count(*) filter (where fate = $1)::int as right,
       count(distinct body)::int as bodies from becket.callback`,
    [fate],
  )
  const { stored, right, bodies } = rows[0]
  if (stored === total && right === total && bodies === total) return { matchedAfterMs }
  throw new Error(`${total} callbacks were answered; ${stored} are stored, ${bodies} different ones, ${right} ${fate}`)
}

async function verifyHandler(query, total) {
  const { rows } = await query('select count(*)::int as stored from webhook_callback')
  if (rows[0].stored === total) return {}
  throw new Error(`${total} callbacks were answered, and ${rows[0].stored} are stored`)
}
