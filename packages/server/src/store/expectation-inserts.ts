/** Many expectations written down in one statement, and the wakeups they begin with in another. */
import { byteaArray, float8Array, int4Array, jsonbArray, textArray } from '../db/binary-array.ts'
import type { Tx } from '../db/db.ts'
import { toJsonb } from '../db/json.ts'
import type { ExpectationRow, NewExpectation } from './expectations.ts'
import { ms } from './milliseconds.ts'
import { type Claim, LEASE_MS } from './wakeups.ts'

/**
 * By id, as they stand now. Missing are those whose key and attempt are taken: somebody else registered first. A first
 * attempt is one only if its key has none at all. All have one time, so that nothing else has to come back. Relies on the
 * unique key (key_hash, attempt); for `(select $1)`, see `expectation-batches.ts`.
 */
export async function insertExpectations(
  tx: Tx,
  expectations: readonly NewExpectation[],
): Promise<Map<string, ExpectationRow>> {
  const column = <Value>(value: (expectation: NewExpectation) => Value) => expectations.map(value)
  const { rows } = await tx.query<{ id: string; atMs: number }>(
    `insert into becket.expectation as e (id, source, operation, key, key_hash, attempt, job_id, stage, state, parameters,
       parameters_hash, external_id, correlation, registered_at, submitted_at, expect_by, deadline_at)
     select id, source, operation, key, key_hash, attempt, job_id, stage, state, parameters, parameters_hash, external_id,
       correlation, statement_timestamp(),
       case when submitted_ms is not null then least(statement_timestamp(), to_timestamp(submitted_ms / 1000))
         when state = 'registered' then null else statement_timestamp() end,
       statement_timestamp() + expect_ms * interval '1 ms', statement_timestamp() + deadline_ms * interval '1 ms'
     from unnest((select $1::text[]), $2::text[], $3::text[], $4::text[], $5::bytea[], $6::int4[], $7::text[], $8::text[],
       $9::text[], $10::jsonb[], $11::bytea[], $12::text[], $13::bytea[], $14::float8[], $15::float8[], $16::float8[])
       as n (id, source, operation, key, key_hash, attempt, job_id, stage, state, parameters, parameters_hash,
         external_id, correlation, submitted_ms, expect_ms, deadline_ms)
     where attempt > 1 or not exists (select from becket.expectation other where other.key_hash = n.key_hash)
     order by key_hash
     on conflict (key_hash, attempt) do nothing
     returning e.id, ${ms('e.registered_at')} as "atMs"`,
    [
      textArray(column(({ id }) => id)),
      textArray(column(({ source }) => source)),
      textArray(column(({ operation }) => operation)),
      textArray(column(({ key }) => key)),
      byteaArray(column(({ keyHash }) => keyHash)),
      int4Array(column(({ attempt }) => attempt)),
      textArray(column(({ jobId }) => jobId)),
      textArray(column(({ stage }) => stage)),
      textArray(column(({ state }) => state)),
      jsonbArray(column(({ parameters }) => toJsonb(parameters))),
      byteaArray(column(({ parametersHash }) => parametersHash)),
      textArray(column(({ externalId }) => externalId)),
      byteaArray(column(({ correlation }) => correlation)),
      float8Array(column(({ submittedAtMs }) => submittedAtMs ?? null)),
      float8Array(column(({ parameters }) => parameters.expectWithinMs)),
      float8Array(column(({ parameters }) => parameters.deadlineMs)),
    ],
  )
  const times = new Map(rows.map(({ id, atMs }) => [id, atMs]))
  return new Map(
    expectations.flatMap((expectation): [string, ExpectationRow][] => {
      const atMs = times.get(expectation.id)
      return atMs === undefined ? [] : [[expectation.id, rowOf(expectation, atMs)]]
    }),
  )
}

function rowOf(expectation: NewExpectation, atMs: number): ExpectationRow {
  const { id, source, operation, key, attempt, jobId, stage, state, parameters, externalId } = expectation
  const submittedAtMs = expectation.submittedAtMs ?? null
  return {
    id,
    source,
    operation,
    key,
    attempt,
    jobId,
    stage,
    state,
    version: 1,
    parameters,
    externalId,
    registeredAtMs: atMs,
    submittedAtMs: submittedAtMs === null ? (state === 'registered' ? null : atMs) : Math.min(atMs, submittedAtMs),
    expectByMs: atMs + parameters.expectWithinMs,
    deadlineMs: atMs + parameters.deadlineMs,
    checks: 0,
    settledAtMs: null,
    settledBy: null,
    error: null,
    artifactBefore: null,
    nowMs: atMs,
  }
}

export interface FirstWakeup {
  expectationId: string
  /** Whoever holds it from the start; null: it falls due after `afterMs`. */
  owner: string | null
  afterMs: number
}

/** For expectations that were made in this transaction. Answers the claims on those that are held, by expectation. */
export async function insertFirstWakeups(tx: Tx, wakeups: readonly FirstWakeup[]): Promise<Map<string, Claim>> {
  if (wakeups.length === 0) return new Map()
  const { rows } = await tx.query<{ subject: string; fence: string | null }>(
    `insert into becket.wakeup (lane, subject, due, fence, owner)
     select 'expectation', subject,
       clock_timestamp() + case when owner is null then greatest(after_ms, 0) else ${LEASE_MS} end * interval '1 ms',
       case when owner is null then null else nextval('becket.fence') end, owner
     from unnest($1::text[], $2::float8[], $3::text[]) as fresh (subject, after_ms, owner)
     returning subject, fence`,
    [
      textArray(wakeups.map(({ expectationId }) => expectationId)),
      float8Array(wakeups.map(({ afterMs }) => afterMs)),
      textArray(wakeups.map(({ owner }) => owner)),
    ],
  )
  return new Map(
    rows.flatMap(({ subject, fence }): [string, Claim][] =>
      fence === null ? [] : [[subject, { lane: 'expectation', subject, fence: String(fence), seq: 0, lapses: 0 }]],
    ),
  )
}
