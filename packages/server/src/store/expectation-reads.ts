/** Expectations as people look at them: one with the time of its next look, and pages of many. Moves nothing. */
import type { ExpectationState } from '@becket/client/contract'
import { firstIdAt, timeOfId } from '../core/id.ts'
import { textArray } from '../db/binary-array.ts'
import type { Queryable } from '../db/db.ts'
import type { EvidenceRow } from './evidence.ts'
import { type ExpectationRow, type ExpectationWithOutcome, expectationColumns } from './expectations.ts'
import { ms } from './milliseconds.ts'

/** Times are milliseconds since 1970. */
export interface Ahead {
  nextDueMs: number | null
  /** Since when its input and outcome are gone: it ended long ago. */
  prunedAtMs: number | null
}

// Looked up for each, not joined: a plan from when little waited would read all that waits.
const AHEAD = `(select ${ms('w.due')} from becket.wakeup w where w.lane = 'expectation' and w.subject = e.id) as "nextDueMs",
  ${ms('e.pruned_at')} as "prunedAtMs"`

/** With the time of its next look, where it has one. */
export type ExpectationAhead = ExpectationWithOutcome & Ahead

/** With what was said about it, oldest first. */
export interface ExpectationStory {
  row: ExpectationAhead
  evidence: readonly EvidenceRow[]
}

// A day: no clock that made ids is further off than that, and a day is one partition.
const CLOCKS_APART_MS = 86_400_000

/** Of one expectation, the oldest: somebody who sends the same again and again fills no answer. */
export const MAX_EVIDENCE = 500

/**
 * Several at once, by id; each as it stood at one moment, evidence and all. Relies on the primary keys and on
 * evidence_by_expectation, and on evidence being younger than what it is about: the partitions before that are not looked at.
 * For `(select $1)`, see `expectation-batches.ts`.
 */
export async function readStories(db: Queryable, ids: readonly string[]): Promise<Map<string, ExpectationStory>> {
  const sinceMs = Math.min(...ids.map(timeOfId)) - CLOCKS_APART_MS
  const { rows } = await db.query<ExpectationAhead & { evidence: EvidenceRow[] | null }>(
    `select ${expectationColumns}, e.outcome, ${AHEAD}, (
       select json_agg(json_build_object('id', p.id, 'origin', p.origin, 'verdict', p.verdict, 'relation', p.relation,
         'detail', p.detail, 'observedAt', ${ms('p.observed_at')}, 'providerTime', ${ms('p.provider_time')},
         'callbackId', p.callback_id) order by p.id)
       from (select v.* from becket.evidence v where v.expectation_id = e.id and v.id >= (select $2::text)
         order by v.id limit ${MAX_EVIDENCE}) p) as evidence
     from becket.expectation e where e.id = any((select $1::text[])::text[])`,
    [textArray(ids), firstIdAt('evidence', Math.max(0, sinceMs))],
  )
  return new Map(rows.map(({ evidence, ...row }) => [row.id, { row, evidence: evidence ?? [] }]))
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
