/** Rows of `expectation`: written once, moved only along the transition table, guarded in SQL by state and version. */
import type { EvidenceOrigin, ExpectationState } from '@becket/client/contract'
import type { ArtifactBefore } from '../core/artifact-before.ts'
import type { Destination } from '../core/delivery.ts'
import { expectationTransitions, openStates } from '../core/expectation.ts'
import { isInHand } from '../core/in-hand.ts'
import type { Queryable, Tx } from '../db/db.ts'
import { toJsonb } from '../db/json.ts'
import { noteRoom } from './held-back.ts'
import { ms } from './milliseconds.ts'

/** What was asked for. The same key must come with the same parameters. */
export interface ExpectationParameters {
  expectWithinMs: number
  deadlineMs: number
  artifactUrl: string | null
  input: unknown
  /** Where its end is told, if no job waits for it. */
  deliverTo?: readonly Destination[]
}

export interface ExpectationError {
  code: string
  message: string
  retryable: boolean
}

/** Times are milliseconds since 1970 by the database's clock; `nowMs` is that clock at the time of the read. */
export interface ExpectationRow {
  id: string
  source: string
  operation: string
  key: string
  attempt: number
  jobId: string | null
  stage: string | null
  state: ExpectationState
  version: number
  parameters: ExpectationParameters
  externalId: string | null
  registeredAtMs: number
  submittedAtMs: number | null
  expectByMs: number
  deadlineMs: number
  checks: number
  settledAtMs: number | null
  settledBy: EvidenceOrigin | null
  error: ExpectationError | null
  artifactBefore: ArtifactBefore | null
  nowMs: number
}

/** What was proven may be megabytes: it is read only where it is shown or used. */
export type ExpectationWithOutcome = ExpectationRow & { outcome: Buffer | null }

/** As `e`. */
export const expectationColumns = `e.id, e.source, e.operation, e.key, e.attempt, e.job_id as "jobId", e.stage, e.state, e.version,
  e.parameters, e.external_id as "externalId", ${ms('e.registered_at')} as "registeredAtMs",
  ${ms('e.submitted_at')} as "submittedAtMs", ${ms('e.expect_by')} as "expectByMs", ${ms('e.deadline_at')} as "deadlineMs",
  e.checks, ${ms('e.settled_at')} as "settledAtMs", e.settled_by as "settledBy", e.error, e.artifact_before as "artifactBefore",
  ${ms('clock_timestamp()')} as "nowMs"`

export interface NewExpectation {
  id: string
  source: string
  operation: string
  key: string
  keyHash: Buffer
  attempt: number
  jobId: string | null
  stage: string | null
  state: 'registered' | 'submitting' | 'waiting'
  parameters: ExpectationParameters
  parametersHash: Buffer
  externalId: string | null
  correlation: Buffer | null
  /** Where it was submitted before it is written down. What lies in the future is now. */
  submittedAtMs?: number | null
}

/** Null when the key and attempt are taken: somebody else registered first. */
export async function insertExpectation(tx: Tx, expectation: NewExpectation): Promise<ExpectationRow | null> {
  const { rows } = await tx.query<ExpectationRow>(
    `insert into becket.expectation as e (id, source, operation, key, key_hash, attempt, job_id, stage, state, parameters,
       parameters_hash, external_id, correlation, submitted_at, expect_by, deadline_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,
       case when $16::float8 is not null then least(clock_timestamp(), to_timestamp($16::float8 / 1000))
         when $9 = 'registered' then null else clock_timestamp() end,
       clock_timestamp() + $14::float8 * interval '1 ms', clock_timestamp() + $15::float8 * interval '1 ms')
     on conflict (key_hash, attempt) do nothing
     returning ${expectationColumns}`,
    [
      expectation.id,
      expectation.source,
      expectation.operation,
      expectation.key,
      expectation.keyHash,
      expectation.attempt,
      expectation.jobId,
      expectation.stage,
      expectation.state,
      toJsonb(expectation.parameters),
      expectation.parametersHash,
      expectation.externalId,
      expectation.correlation,
      expectation.parameters.expectWithinMs,
      expectation.parameters.deadlineMs,
      expectation.submittedAtMs ?? null,
    ],
  )
  return rows[0] ?? null
}

export async function readExpectation(db: Queryable, id: string): Promise<ExpectationWithOutcome | null> {
  const { rows } = await db.query<ExpectationWithOutcome>(
    `select ${expectationColumns}, e.outcome from becket.expectation e where e.id = $1`,
    [id],
  )
  return rows[0] ?? null
}

/** With what tells whether the same is asked for again. */
export type LatestAttempt = ExpectationRow & { parametersHash: Buffer }

/** The latest attempt under a key; relies on the unique key (key_hash, attempt). */
export async function readLatestAttempt(db: Queryable, keyHash: Buffer): Promise<LatestAttempt | null> {
  const { rows } = await db.query<LatestAttempt>(
    `select ${expectationColumns}, e.parameters_hash as "parametersHash" from becket.expectation e where e.key_hash = $1 order by e.attempt desc limit 1`,
    [keyHash],
  )
  return rows[0] ?? null
}

/**
 * Locks the expectation, and with it the open ones of the same job, in id order: whoever settles one attempt may have
 * to cancel the others.
 */
export async function lockExpectation(tx: Tx, id: string): Promise<ExpectationRow | null> {
  const { rows } = await tx.query<ExpectationRow>(
    `select ${expectationColumns} from becket.expectation e
     where e.id = $1
       or (e.job_id = (select job_id from becket.expectation where id = $1) and e.state = any($2))
     order by e.id
     for update`,
    [id, openStates],
  )
  return rows.find((candidate) => candidate.id === id) ?? null
}

/**
 * The open expectations of a job, locked in id order. Complete only once the job is locked: whoever makes an attempt
 * holds that lock. Relies on expectation_by_job.
 */
export async function lockOpenOfJob(tx: Tx, jobId: string): Promise<ExpectationRow[]> {
  const { rows } = await tx.query<ExpectationRow>(
    `select ${expectationColumns} from becket.expectation e where e.job_id = $1 and e.state = any($2) order by e.id for update`,
    [jobId, openStates],
  )
  return rows
}

/**
 * Whether no attempt at this stage of the job was made after this one. By the database's clock: ids are made by several
 * machines. Relies on expectation_by_job.
 */
export async function isLatestAttempt(db: Queryable, row: ExpectationRow): Promise<boolean> {
  const { rows } = await db.query(
    `select 1 from becket.expectation e join becket.expectation mine on mine.id = $3
     where e.job_id = $1 and e.stage = $2 and e.registered_at > mine.registered_at limit 1`,
    [row.jobId, row.stage, row.id],
  )
  return rows.length === 0
}

export interface ExpectationChange {
  state: ExpectationState
  settledBy?: EvidenceOrigin
  outcome?: unknown
  error?: ExpectationError | null
  externalId?: string | null
  correlation?: Buffer | null
}

/** Moves a locked expectation; throws where the transition table forbids it, since the caller decided from that table. */
export async function moveExpectation(tx: Tx, from: ExpectationRow, change: ExpectationChange): Promise<void> {
  if (!expectationTransitions[from.state].includes(change.state)) {
    throw new Error(`expectation ${from.id} cannot move from ${from.state} to ${change.state}`)
  }
  const { count } = await tx.query(
    `update becket.expectation set
       state = $4, version = version + 1,
       submitted_at = case when $4 = 'waiting' then coalesce(submitted_at, clock_timestamp()) else submitted_at end,
       settled_at = case when $5::text is null then settled_at else clock_timestamp() end,
       settled_by = coalesce($5, settled_by),
       outcome = coalesce($6, outcome),
       error = case when $4 in ('waiting', 'succeeded') then null else coalesce($7::jsonb, error) end,
       external_id = coalesce(external_id, $8),
       correlation = coalesce(correlation, $9)
     where id = $1 and state = $2 and version = $3`,
    [
      from.id,
      from.state,
      from.version,
      change.state,
      change.settledBy ?? null,
      change.outcome === undefined ? null : Buffer.from(JSON.stringify(change.outcome)),
      change.error == null ? null : toJsonb(change.error),
      change.externalId ?? null,
      change.correlation ?? null,
    ],
  )
  if (count !== 1) throw new Error(`expectation ${from.id} changed under its lock`)
  if (isInHand(from.state, from) && !isInHand(change.state, from)) noteRoom(tx, from)
}

export async function countCheck(tx: Queryable, id: string): Promise<void> {
  await tx.query('update becket.expectation set checks = checks + 1 where id = $1', [id])
}

export async function moveDeadline(tx: Tx, id: string, deadlineMs: number): Promise<void> {
  await tx.query(
    'update becket.expectation set deadline_at = to_timestamp($2::float8 / 1000), version = version + 1 where id = $1',
    [id, deadlineMs],
  )
}
