/**
 * What the peers' databases hold after as many finished pieces of work: the tables that one writes by hand keep them all,
 * graphile-worker deletes a job that is done, pg-boss keeps it for a week. And as many jobs that wait for their time.
 */
import pg from 'pg'
import { startModule } from '../harness/child.mjs'
import { prepareHandler } from '../intake/contenders.mjs'
import { contenders as workers } from '../jobs/contenders.mjs'

const CHUNK = 500_000

/** The tables of the callback loop, as its contenders make them, with their history. */
const workTables = [
  `create table work (id uuid primary key, input jsonb not null, state text not null default 'pending', external_id text,
     result jsonb, created_at timestamptz not null default now(), finished_at timestamptz)`,
  `create table callback (id bigint generated always as identity primary key, work_id uuid not null, body jsonb not null,
     received_at timestamptz not null default now())`,
]
const RESULT = `{"url": "https://files.example.org/out.mp4", "bytes": 1048576, "seconds": 12.5}`
// Closed, since what the run itself brings to its end is counted by `done`.
const finishedWork = [
  `insert into work (id, input, state, external_id, result, created_at, finished_at)
   select md5('old' || n)::uuid, '{"width": 640, "url": "https://files.example.org/in.mp4"}', 'closed', 'w-' || n,
     '${RESULT}', now() - interval '1 day', now() - interval '1 day'
   from generate_series($1::bigint, $2::bigint) n`,
  `insert into callback (work_id, body)
   select md5('old' || n)::uuid, '{"id": "old", "status": "done", "result": ${RESULT}}'
   from generate_series($1::bigint, $2::bigint) n`,
]
const finishedWebhooks = [
  `insert into webhook_work (external_id, status, input, result)
   select 'old-' || n, 'done', '{"width": 640}', '${RESULT}' from generate_series($1::bigint, $2::bigint) n`,
  `insert into webhook_callback (work_id, payload)
   select n, '{"id": "old", "status": "done", "result": ${RESULT}}' from generate_series($1::bigint, $2::bigint) n`,
]
const waitingGraphile = [
  `select count(*) from graphile_worker.add_jobs((
     select array_agg(('bench', '{"number": 0}'::json, null, now() + interval '30 days', null, null, null, null)
       ::graphile_worker.job_spec)
     from generate_series($1::bigint, $2::bigint)))`,
]
/** Copies of the one job that is there: its columns are pg-boss's own. */
const ofBoss = (word, facts) => [
  `insert into pgboss.job
   select copy.* from (select * from pgboss.job where name = 'bench' and data ->> 'number' = '0' limit 1) one,
     generate_series($1::bigint, $2::bigint) n,
     lateral jsonb_populate_record(null::pgboss.job, to_jsonb(one) || jsonb_build_object('id', md5('${word}' || n)::uuid, 'data', '{}'::jsonb, ${facts})) copy`,
]
const finishedBoss = ofBoss(
  'finished',
  `'state', 'completed', 'created_on', now() - interval '1 day', 'started_on', now() - interval '1 day',
   'completed_on', now() - interval '1 day'`,
)
const waitingBoss = ofBoss('waiting', `'start_after', now() + interval '6 days'`)

/** By contender: fills an empty database. */
export const peerFills = {
  async handler(postgres, database, sizes) {
    await withClient(postgres.url(database), async (client) => {
      for (const statement of workTables) await client.query(statement)
      await inChunks(client, finishedWork, sizes.finished, sizes.say)
    })
    await prepareHandler(postgres, database, sizes.due)
    await withClient(postgres.url(database), async (client) => {
      await inChunks(client, finishedWebhooks, sizes.finished, sizes.say)
      await client.query('vacuum (analyze)')
    })
  },
  async 'graphile-worker'(postgres, database, sizes) {
    await (await startWorker('graphile-worker', postgres.url(database))).stop()
    await withClient(postgres.url(database), async (client) => {
      for (const statement of workTables) await client.query(statement)
      await inChunks(client, finishedWork, sizes.finished, sizes.say)
      await inChunks(client, waitingGraphile, sizes.waiting, sizes.say, 20_000)
      await client.query('vacuum (analyze)')
    })
  },
  async 'pg-boss'(postgres, database, sizes) {
    const worker = await startWorker('pg-boss', postgres.url(database))
    await worker.ask('prefill', 1)
    await worker.stop()
    await withClient(postgres.url(database), async (client) => {
      for (const statement of workTables) await client.query(statement)
      await inChunks(client, finishedWork, sizes.finished, sizes.say)
      await inChunks(client, finishedBoss, sizes.finished, sizes.say)
      await inChunks(client, waitingBoss, sizes.waiting, sizes.say)
      await client.query(`delete from pgboss.job where name = 'bench' and data ->> 'number' = '0'`)
      await client.query('vacuum (analyze)')
    })
  },
}

/** It makes its own tables. */
function startWorker(name, url) {
  const { file, options } = workers[name]
  return startModule(file, { options: { url, ...options } })
}

async function inChunks(client, statements, count, say, chunk = CHUNK) {
  await client.query('set synchronous_commit = off')
  for (let first = 1; first <= count; first += chunk) {
    const last = Math.min(first + chunk - 1, count)
    for (const statement of statements) await client.query(statement, [first, last])
    if (last % 1_000_000 === 0) say(`${last / 1e6} of ${count / 1e6} million rows`)
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
