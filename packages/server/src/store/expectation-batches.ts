/**
 * Many expectations in one statement each: locked, and written down together with the evidence that moved them and the
 * wakeups that end with them. What becomes of them was decided before; see `moves/reports.ts`.
 *
 * A list stands in a `select` of its own, `(select $1::text[])`, where rows are looked up by it: the planner then takes it for
 * ten long. Where it sees that there are fewer, it believes that a plan for just these is cheaper than the one that it has,
 * and makes one each time, which takes longer than the statement.
 */
import type { EvidenceOrigin, ExpectationState } from '@becket/client/contract'
import { openStates } from '../core/expectation.ts'
import { byteaArray, float8Array, int4Array, jsonbArray, textArray } from '../db/binary-array.ts'
import type { Tx } from '../db/db.ts'
import { toJsonb } from '../db/json.ts'
import { asTime, type NewEvidence } from './evidence.ts'
import { type ExpectationError, type ExpectationRow, expectationColumns } from './expectations.ts'
import { ms } from './milliseconds.ts'

const open = openStates.map((state) => `'${state}'`).join(', ')

/**
 * The ids of what is open beside these in their jobs. `offset 0`: looked up job by job, and judged after that; whoever
 * believes that little waits would read all that is open.
 */
const siblings = (ids: string) => `array(select other.id from becket.expectation told cross join lateral (
         select e.id, e.state from becket.expectation e where e.job_id = told.job_id offset 0
       ) other where told.id = any(${ids}) and told.job_id is not null and other.state in (${open}))`

/**
 * Locks them, and with them the open ones of their jobs, in id order: whoever settles one attempt may have to cancel the
 * others. Relies on the primary key and expectation_by_job; a list of ids and no `or`, so that it is one index scan.
 */
export async function lockExpectations(tx: Tx, ids: readonly string[]): Promise<Map<string, ExpectationRow>> {
  if (ids.length === 0) return new Map()
  const { rows } = await tx.query<ExpectationRow>(
    `select ${expectationColumns} from becket.expectation e
     where e.id = any((select $1::text[]) || ${siblings('(select $1::text[])::text[]')})
     order by e.id
     for update`,
    [textArray(ids)],
  )
  return new Map(rows.map((row) => [row.id, row]))
}

/**
 * As `lockExpectations`, of those that are named by their own id, or by what their provider's id correlates by, which means
 * the latest under it. `byCorrelation`: their ids, by the correlation in base64. Relies on expectation_by_correlation, too.
 */
export async function lockNamed(
  tx: Tx,
  { ids, correlations }: { ids: readonly string[]; correlations: readonly Buffer[] },
): Promise<{ rows: Map<string, ExpectationRow>; byCorrelation: Map<string, string> }> {
  if (correlations.length === 0) return { rows: await lockExpectations(tx, ids), byCorrelation: new Map() }
  const { rows } = await tx.query<ExpectationRow & { askedBy: Buffer | null }>(
    `with named as materialized (
       select $1::text[] || array(
         select latest.id from unnest((select $2::bytea[])) as known (correlation) cross join lateral (
           select e.id from becket.expectation e where e.correlation = known.correlation order by e.id desc limit 1
         ) as latest) as ids
     )
     select ${expectationColumns}, case when e.correlation = any($2::bytea[]) then e.correlation end as "askedBy"
     from becket.expectation e
     where e.id = any((select ids from named) || ${siblings('(select ids from named)::text[]')})
     order by e.id
     for update`,
    [textArray(ids), byteaArray(correlations)],
  )
  const byCorrelation = new Map<string, string>()
  // The later id is the later one.
  for (const { id, askedBy } of rows) if (askedBy !== null) byCorrelation.set(askedBy.toString('base64'), id)
  return { rows: new Map(rows.map((row) => [row.id, row])), byCorrelation }
}

/** An expectation as it is to be, from a version that its writer has locked. */
export interface ExpectationWrite {
  id: string
  fromVersion: number
  version: number
  state: ExpectationState
  /** It is submitted now, unless that is known already. */
  isSubmitted: boolean
  isSettled: boolean
  settledBy: EvidenceOrigin | null
  /** JSON; null leaves what is there. */
  outcome: Buffer | null
  error: ExpectationError | null
  externalId: string | null
  /** Null leaves what is there. */
  correlation: Buffer | null
}

export interface Written {
  expectations: readonly ExpectationWrite[]
  evidence: readonly NewEvidence[]
  /** Of these expectations, whoever holds them: they have ended. */
  endedWakeups: readonly string[]
}

/**
 * All in one statement, whatever their number, the evidence before what it moves; throws when an expectation is not as its
 * writer locked it. Answers the one time that it wrote for all of them; null where there was nothing to write.
 */
export async function writeExpectations(
  tx: Tx,
  { expectations, evidence, endedWakeups }: Written,
): Promise<number | null> {
  if (expectations.length + evidence.length + endedWakeups.length === 0) return null
  const column = <Value>(value: (write: ExpectationWrite) => Value) => expectations.map(value)
  const proof = <Value>(value: (piece: NewEvidence) => Value) => evidence.map(value)
  const { rows } = await tx.query<{ moved: number; atMs: number }>(
    `with proven as (
       insert into becket.evidence (id, expectation_id, origin, verdict, relation, detail, observed_at, provider_time,
         callback_id)
       select id, expectation_id, origin, verdict, relation, detail, statement_timestamp(),
         to_timestamp(provider_ms / 1000), callback_id
       from unnest($12::text[], $13::text[], $14::text[], $15::text[], $16::text[], $17::jsonb[], $18::float8[],
         $19::text[])
         as p (id, expectation_id, origin, verdict, relation, detail, provider_ms, callback_id)
       returning id
     ), moved as (
       update becket.expectation e set state = m.state, version = m.version,
         submitted_at = case when m.is_submitted = 1 then coalesce(e.submitted_at, statement_timestamp()) else e.submitted_at end,
         settled_at = case when m.is_settled = 1 then statement_timestamp() else e.settled_at end,
         settled_by = m.settled_by, outcome = coalesce(m.outcome, e.outcome), error = m.error,
         external_id = m.external_id, correlation = coalesce(e.correlation, m.correlation)
       from unnest((select $1::text[]), $2::int4[], $3::int4[], $4::text[], $5::int4[], $6::int4[], $7::text[], $8::bytea[],
         $9::jsonb[], $10::text[], $11::bytea[])
         as m (id, from_version, version, state, is_submitted, is_settled, settled_by, outcome, error, external_id,
           correlation)
       where e.id = m.id and e.version = m.from_version and (select count(*) from proven) is not null
       returning e.id
     ), ended as (
       delete from becket.wakeup where lane = 'expectation' and subject = any(array(
         select subject from becket.wakeup where lane = 'expectation' and subject = any((select $20::text[])::text[])
         order by subject for update))
     )
     select count(*)::int as moved, ${ms('statement_timestamp()')} as "atMs" from moved`,
    [
      textArray(column((write) => write.id)),
      int4Array(column((write) => write.fromVersion)),
      int4Array(column((write) => write.version)),
      textArray(column((write) => write.state)),
      int4Array(column((write) => (write.isSubmitted ? 1 : 0))),
      int4Array(column((write) => (write.isSettled ? 1 : 0))),
      textArray(column((write) => write.settledBy)),
      byteaArray(column((write) => write.outcome)),
      jsonbArray(column((write) => (write.error === null ? null : toJsonb(write.error)))),
      textArray(column((write) => write.externalId)),
      byteaArray(column((write) => write.correlation)),
      textArray(proof((piece) => piece.id)),
      textArray(proof((piece) => piece.expectationId)),
      textArray(proof((piece) => piece.origin)),
      textArray(proof((piece) => piece.verdict)),
      textArray(proof((piece) => piece.relation)),
      jsonbArray(proof((piece) => toJsonb(piece.detail))),
      float8Array(proof((piece) => asTime(piece.providerTime))),
      textArray(proof((piece) => piece.callbackId)),
      textArray(endedWakeups),
    ],
  )
  const { moved, atMs } = rows[0] ?? { moved: 0, atMs: null }
  if (moved !== expectations.length) {
    throw new Error(`${expectations.length - moved} of ${expectations.length} expectations changed under their lock`)
  }
  return atMs
}
