/** The table of work that one writes by hand beside a queue that knows no callbacks, and the callbacks as they came. */
import pg from 'pg'
import { options } from '../../harness/serve.mjs'

const schema = `
  create table if not exists work (
    id uuid primary key,
    input jsonb not null,
    state text not null default 'pending',
    external_id text,
    result jsonb,
    created_at timestamptz not null default now(),
    finished_at timestamptz
  );
  create table if not exists callback (
    id bigint generated always as identity primary key,
    work_id uuid not null,
    body jsonb not null,
    received_at timestamptz not null default now()
  )`

export const pool = new pg.Pool({ connectionString: options.databaseUrl, max: options.poolSize })
pool.on('error', () => {})

export async function makeTables() {
  await pool.query(schema)
}

/** How many loops came to their end, as the database has it. */
export async function countDone() {
  const { rows } = await pool.query(`select count(*)::int as done from work where state = 'done'`)
  return rows[0].done
}

/** One statement, so one commit: the callback as it came, and what it means. */
export async function takeCallback(id, body) {
  await pool.query({
    name: 'take-callback',
    text: `with kept as (insert into callback (work_id, body) values ($1, $2))
      update work set state = 'done', result = $3, finished_at = now() where id = $1 and state <> 'done'`,
    values: [id, body, body.result],
  })
}

/** Never over what a callback has settled meanwhile. */
export async function markSubmitted(id, externalId) {
  await pool.query({
    name: 'mark-submitted',
    text: `update work set state = 'submitted', external_id = $2 where id = $1 and state = 'pending'`,
    values: [id, externalId],
  })
}
