/** A database with rows of any age: ids begin with their time, so that the past is made by writing it. */
import { createHash } from 'node:crypto'
import { v7 } from 'uuid'
import { encodeId, type IdKind } from '../../src/core/id.ts'
import type { Retention } from '../../src/core/retention.ts'
import type { Db } from '../../src/db/db.ts'
import type { DoomedObjects } from '../../src/engine/doomed-objects.ts'
import { createPruner } from '../../src/engine/pruner.ts'
import { silentLog } from '../../src/observe/log.ts'
import { DAY_MS, ensurePartitions, type PartitionedTable, partitionOf } from '../../src/store/partitions.ts'
import { testDatabase } from '../database.ts'

export const retention: Retention = {
  callbacksMs: 30 * DAY_MS,
  claimsMs: 7 * DAY_MS,
  evidenceMs: 90 * DAY_MS,
  eventsMs: 90 * DAY_MS,
  requestsMs: 7 * DAY_MS,
  finishedMs: 90 * DAY_MS,
  summariesMs: 365 * DAY_MS,
  uploadsMs: 7 * DAY_MS,
}

const noObjects: DoomedObjects = { remove: async () => 0 }

export const idAt = (kind: IdKind, ms: number) => encodeId(kind, v7({ msecs: Math.floor(ms) }, new Uint8Array(16)))

export interface JobOptions {
  madeDaysAgo: number
  endedDaysAgo: number | null
  state?: string
}

export interface CallOptions {
  madeDaysAgo: number
  state: string
  settledDaysAgo?: number
  /** Negative: it lies ahead. */
  deadlineDaysAgo: number
  jobId?: string
}

export type Past = Awaited<ReturnType<typeof setup>>

export async function setup() {
  const database = await testDatabase()
  const { db } = database
  await ensurePartitions(db)
  const nowMs = Date.now()
  const ago = (days: number) => nowMs - days * DAY_MS
  const hash = (text: string) => createHash('sha256').update(text).digest()

  async function addDay(table: PartitionedTable, daysAgo: number): Promise<string> {
    const { name, from, to } = partitionOf(table, Math.floor(ago(daysAgo) / DAY_MS))
    await db.query(`create table becket.${name} partition of becket.${table} for values from ('${from}') to ('${to}')`)
    return name
  }

  async function addCallback(daysAgo: number, fate = 'matched'): Promise<string> {
    const id = idAt('callback', ago(daysAgo))
    await db.query(
      `insert into becket.callback (id, source, received_at, method, url, headers, body, remote_address, verdict, hints, fate)
       values ($1, 'parser', to_timestamp($2::float8 / 1000), 'POST', '', '[]', 'body', '192.0.2.1', 'verified', '{}', $3)`,
      [id, ago(daysAgo), fate],
    )
    return id
  }

  async function addJob({ madeDaysAgo, endedDaysAgo, state = 'done' }: JobOptions): Promise<string> {
    const id = idAt('job', ago(madeDaysAgo))
    await db.query(
      `insert into becket.job (id, pipeline, key, key_hash, input, stage, state, data, output, created_at, finished_at, error)
       values ($1, 'video', $1, $2, '{"videos": ["a"]}', 'render', $3, '{"settled": {}}', '{"url": "b"}',
         to_timestamp($4::float8 / 1000), to_timestamp($5::float8 / 1000), $6)`,
      [
        id,
        hash(id),
        endedDaysAgo === null ? 'waiting' : state,
        ago(madeDaysAgo),
        endedDaysAgo === null ? null : ago(endedDaysAgo),
        state === 'deadletter' ? '{"code": "PROVIDER_FAILED", "message": "no", "retryable": false}' : null,
      ],
    )
    return id
  }

  async function addCall(call: CallOptions): Promise<string> {
    const id = idAt('expectation', ago(call.madeDaysAgo))
    await db.query(
      `insert into becket.expectation (id, source, operation, key, key_hash, attempt, job_id, state, parameters, parameters_hash,
         registered_at, expect_by, deadline_at, settled_at, settled_by, outcome)
       values ($1, 'parser', 'parse', $1, $2, 1, $3, $4, $5, $2, to_timestamp($6::float8 / 1000),
         to_timestamp($7::float8 / 1000), to_timestamp($7::float8 / 1000), to_timestamp($8::float8 / 1000), $9, $10)`,
      [
        id,
        hash(id),
        call.jobId ?? null,
        call.state,
        JSON.stringify({ expectWithinMs: 1, deadlineMs: 1, artifactUrl: null, input: { large: true } }),
        ago(call.madeDaysAgo),
        ago(call.deadlineDaysAgo),
        call.settledDaysAgo === undefined ? null : ago(call.settledDaysAgo),
        call.settledDaysAgo === undefined ? null : 'callback',
        call.settledDaysAgo === undefined ? null : Buffer.from('{"text":"long"}'),
      ],
    )
    return id
  }

  async function row(table: string, id: string): Promise<Record<string, unknown> | null> {
    const { rows } = await db.query(`select * from becket.${table} where id = $1`, [id])
    return rows[0] ?? null
  }

  async function count(table: string): Promise<number> {
    const { rows } = await db.query<{ count: number }>(`select count(*)::int as count from becket.${table}`)
    return rows[0]?.count ?? 0
  }

  async function has(table: string): Promise<boolean> {
    const { rows } = await db.query<{ there: boolean }>(`select to_regclass($1) is not null as there`, [
      `becket.${table}`,
    ])
    return rows[0]?.there === true
  }

  function pruner(options: { on?: Db; objects?: DoomedObjects; batch?: number } = {}) {
    const { on = db, objects = noObjects, batch = 100 } = options
    return createPruner({ db: on, retention, objects, log: silentLog, batch })
  }

  return {
    db,
    url: database.url,
    nowMs,
    ago,
    addDay,
    addCallback,
    addJob,
    addCall,
    row,
    count,
    has,
    pruner,
    [Symbol.asyncDispose]: database.drop,
  }
}

/** The statements that go through, beginning and end of transactions not counted. */
export function counting(db: Db): { db: Db; statements: string[] } {
  const statements: string[] = []
  const noted = (query: Db['query']): Db['query'] => {
    return (text, values) => {
      statements.push(text)
      return query(text, values)
    }
  }
  return {
    statements,
    db: {
      ...db,
      query: noted(db.query),
      tx: (work, options) => db.tx((tx) => work({ ...tx, query: noted(tx.query) }), options),
    },
  }
}
