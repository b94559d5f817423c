/** Expectations as people look at them: one with the time of its next look, and pages of many. Moves nothing. */
import type { ExpectationState } from '@becket/client/contract'
import type { Queryable } from '../db/db.ts'
import { type ExpectationRow, type ExpectationWithOutcome, expectationColumns } from './expectations.ts'

const ms = (column: string) => `(extract(epoch from ${column}) * 1000)::float8`

/** Times are milliseconds since 1970. */
export interface Ahead {
  nextDueMs: number | null
  /** Since when its input and outcome are gone: it ended long ago. */
  prunedAtMs: number | null
}

const AHEAD = `${ms('w.due')} as "nextDueMs", ${ms('e.pruned_at')} as "prunedAtMs"`

/** With the time of its next look, where it has one; relies on the primary keys. */
export async function readExpectationAhead(
  db: Queryable,
  id: string,
): Promise<(ExpectationWithOutcome & Ahead) | null> {
  const { rows } = await db.query<ExpectationWithOutcome & Ahead>(
    `select ${expectationColumns}, e.outcome, ${AHEAD} from becket.expectation e
     left join becket.wakeup w on w.lane = 'expectation' and w.subject = e.id where e.id = $1`,
    [id],
  )
  return rows[0] ?? null
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
