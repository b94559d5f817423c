/** Who runs plain jobs, and how each tells from outside that nothing is left to be done. */
import { fileURLToPath } from 'node:url'
import { migrateBecket } from '../growth/becket-fill.mjs'

const file = (name) => fileURLToPath(new URL(`${name}.mjs`, import.meta.url))

/**
 * `open`: answers a row as long as something is not durably done. `done`: how many are of those made since `$1`, the time
 * as Becket's ids begin with it; `null` where nothing is kept.
 * `options`: for the module; they are told in the results.
 */
export const contenders = {
  becket: {
    file: file('becket'),
    options: { slots: 512, connections: 10 },
    prepare: migrateBecket,
    /** By SQL: Becket has no call for many jobs at once. `clock`: the time as ids begin with it. */
    prefill: (clock) => [
      `insert into becket.job (id, pipeline, key, key_hash, input, stage, state)
       select 'job_${clock}' || lpad(to_hex(n), 16, '0'), 'bench', '${clock}-' || n, sha256(('${clock}-' || n)::bytea),
         json_build_object('number', n)::jsonb, 'work', 'queued'
       from generate_series(1, $1::bigint) n`,
      `insert into becket.wakeup (lane, subject, due)
       select 'job', 'job_${clock}' || lpad(to_hex(n), 16, '0'), clock_timestamp() from generate_series(1, $1::bigint) n`,
    ],
    open: `select 1 from becket.wakeup where lane = 'job' limit 1`,
    done: `select count(*)::int as done from becket.job where state = 'done' and id >= 'job_' || $1`,
  },
  'graphile-worker': {
    file: file('graphile-worker'),
    options: {},
    prepare: async () => {},
    open: `select 1 from graphile_worker._private_jobs where run_at <= now() limit 1`,
    done: null,
  },
  'pg-boss': {
    file: file('pg-boss'),
    options: { batchSize: 500, workers: 2 },
    prepare: async () => {},
    open: `select 1 from pgboss.job where name = 'bench' and state < 'completed' and start_after <= now() limit 1`,
    done: `select count(*)::int as done from pgboss.job where name = 'bench' and state = 'completed'
      and created_on >= clock_timestamp() - interval '1 hour' and $1 <> ''`,
  },
}
