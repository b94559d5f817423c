/** Expectations as people look at them: one with the time of its next look, and pages of many. Moves nothing. */
import type { ExpectationState } from '@becket/client/contract'
import { firstIdAt, timeOfId } from '../core/id.ts'
import { textArray } from '../db/binary-array.ts'
import type { Queryable } from '../db/db.ts'
import type { EvidenceRow } from './evidence.ts'
import { type ExpectationRow, type ExpectationWithOutcome, expectationColumns } from './expectations.ts'

const ms = (column: string) => `(extract(epoch from ${column}) * 1000)::float8`

/** Times are milliseconds since 1970. */
export interface Ahead {
  nextDueMs: number | null
  /** Since when its input and outcome are gone: it ended long ago. */
  prunedAtMs: number | null
}

const AHEAD = `${ms('w.due')} as "nextDueMs", ${ms('e.pruned_at')} as "prunedAtMs"`

/** With the time of its next look, where it has one. */
export type ExpectationAhead = ExpectationWithOutcome & Ahead

/** Several at once, by id. Relies on the primary keys. */
export async function readExpectationsAhead(
  db: Queryable,
  ids: readonly string[],
): Promise<Map<string, ExpectationAhead>> {
  const { rows } = await db.query<ExpectationAhead>(
    `select ${expectationColumns}, e.outcome, ${AHEAD} from becket.expectation e
     left join becket.wakeup w on w.lane = 'expectation' and w.subject = e.id where e.id = any($1::text[])`,
    [textArray(ids)],
  )
  return new Map(rows.map((row) => [row.id, row]))
}

// A day: no clock that made ids is further off than that, and a day is one partition.
const CLOCKS_APART_MS = 86_400_000

/**
 * The evidence about each, oldest first. Relies on evidence_by_expectation, and on evidence being younger than what it is
 * about: the partitions before that are not looked at.
 */
export async function readEvidenceOf(db: Queryable, ids: readonly string[]): Promise<Map<string, EvidenceRow[]>> {
  const sinceMs = Math.min(...ids.map(timeOfId)) - CLOCKS_APART_MS
  const { rows } = await db.query<EvidenceRow & { expectationId: string }>(
    `select about.id as "expectationId", proof.* from unnest($1::text[]) as about (id) cross join lateral (
       select e.id, e.origin, e.verdict, e.relation, e.detail, e.observed_at as "observedAt",
         e.provider_time as "providerTime", e.callback_id as "callbackId"
       from becket.evidence e where e.expectation_id = about.id and e.id >= $2 order by e.id limit 500) proof`,
    [textArray([...new Set(ids)]), firstIdAt('evidence', Math.max(0, sinceMs))],
  )
  const byExpectation = new Map<string, EvidenceRow[]>()
  for (const { expectationId, ...piece } of rows) {
    const known = byExpectation.get(expectationId)
    if (known === undefined) byExpectation.set(expectationId, [piece])
    else known.push(piece)
  }
  return byExpectation
}

export interface ExpectationFilter {
  source: string | null
  operation: string | null
  key: string | null
  states: readonly ExpectationState[] | null
  jobId: string | null
  overdue: boolean | null
  before: string | null
  limit: number
}

/** Newest first. Relies on the primary key; on expectation_open where only open ones are asked for. */
export async function listExpectations(db: Queryable, filter: ExpectationFilter): Promise<(ExpectationRow & Ahead)[]> {
  const { rows } = await db.query<ExpectationRow & Ahead>(
    `select ${expectationColumns}, ${AHEAD} from becket.expectation e
     left join becket.wakeup w on w.lane = 'expectation' and w.subject = e.id
     where ($1::text is null or e.source = $1) and ($2::text is null or e.operation = $2)
       and ($3::text is null or e.key = $3) and ($4::text[] is null or e.state = any($4))
       and ($5::text is null or e.job_id = $5)
       and ($6::boolean is null
         or $6 = (e.state in ('registered', 'submitting', 'waiting', 'unconfirmed') and e.expect_by < clock_timestamp()))
       and ($7::text is null or e.id < $7)
     order by e.id desc limit $8`,
    [
      filter.source,
      filter.operation,
      filter.key,
      filter.states,
      filter.jobId,
      filter.overdue,
      filter.before,
      filter.limit,
    ],
  )
  return rows
}
