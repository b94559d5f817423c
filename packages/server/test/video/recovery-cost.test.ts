/** What it costs to recover one lost callback among many jobs that have ended: no statement reads a table through. */
import { expect, test } from 'vitest'
import type { Db, Queryable } from '../../src/db/db.ts'
import { MINUTE, setup } from '../spine/setup.ts'
import { createWorker } from '../spine/worker.ts'

interface Asked {
  text: string
  values: readonly unknown[]
}

/** The same database; what is asked of it is kept. */
function recording(db: Db, asked: Asked[]): Db {
  const query: Queryable['query'] = (text, values = []) => {
    asked.push({ text, values })
    return db.query(text, values)
  }
  return {
    ...db,
    query,
    tx: (work, options) =>
      db.tx((tx) => {
        const within: Queryable['query'] = (text, values = []) => {
          asked.push({ text, values })
          return tx.query(text, values)
        }
        return work({ ...tx, query: within })
      }, options),
  }
}

interface Plan {
  'Node Type': string
  'Relation Name'?: string
  Plans?: Plan[]
}

function readThrough(plan: Plan): string[] {
  const inner = (plan.Plans ?? []).flatMap(readThrough)
  return plan['Node Type'] === 'Seq Scan' ? [plan['Relation Name'] ?? '', ...inner] : inner
}

test('recovering a lost callback reads no table through, however many jobs there were', async () => {
  await using spine = await setup()
  const { db, script } = spine
  const old = (table: string, columns: string, values: string) =>
    db.query(`insert into becket.${table} (${columns}) select ${values} from generate_series(1, 20000) as n`)
  await old(
    'job',
    'id, pipeline, key, key_hash, input, stage, state',
    `'job_old' || n, 'video', n::text, sha256(n::text::bytea), '{}', 'keep', 'done'`,
  )
  await old(
    'expectation',
    'id, source, operation, key, key_hash, attempt, job_id, stage, state, parameters, parameters_hash, correlation, expect_by, deadline_at',
    `'exp_old' || n, 'parser', 'parse', n::text, sha256(n::text::bytea), 1, 'job_old' || n, 'render', 'succeeded', '{}', '',
     sha256(('old ' || n)::bytea), now(), now()`,
  )
  await db.query('analyze')
  const jobId = await spine.startJob()
  await spine.worker().drain()
  script.check = async () => ({ kind: 'outcome', outcome: { verdict: 'succeeded', output: null } })
  await spine.pass(6 * MINUTE)

  const asked: Asked[] = []
  const { sources, pipelines, rules } = spine
  await createWorker({ db: recording(db, asked), owner: 'ins_two', sources, pipelines, rules, asks: true }).drain()
  const { rows } = await db.query<{ state: string }>('select state from becket.job where id = $1', [jobId])
  expect(rows).toEqual([{ state: 'done' }])

  const plannable = asked.filter(({ text }) => /^\s*(select|insert|update|delete|with)\b/i.test(text))
  expect(plannable.length).toBeGreaterThan(5)
  const scanned: string[] = []
  for (const { text, values } of plannable) {
    const plans = await db.query<{ 'QUERY PLAN': { Plan: Plan }[] }>(`explain (format json) ${text}`, values)
    const tables = plans.rows.flatMap((row) => row['QUERY PLAN'].flatMap(({ Plan }) => readThrough(Plan)))
    if (tables.some((table) => table === 'job' || table === 'expectation')) scanned.push(text)
  }
  expect(scanned).toEqual([])
})
