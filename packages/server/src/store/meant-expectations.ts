/** Which expectations callbacks mean, by each way in which one may be named. Reads only what is needed to choose. */
import type { ExpectationState } from '@becket/client/contract'
import { byteaArray, int4Array, textArray } from '../db/binary-array.ts'
import type { Queryable } from '../db/db.ts'

/** One way to find the expectation of a source. */
export type Way =
  | { by: 'id'; source: string; id: string }
  /** The hash of the provider's id. */
  | { by: 'correlation'; hash: Buffer }
  /** The hash of the caller's key: its latest attempt. */
  | { by: 'key'; hash: Buffer }
  /** The latest attempt of a job at that source. */
  | { by: 'job'; source: string; jobId: string }

export interface Meant {
  id: string
  jobId: string | null
  state: ExpectationState
}

/** For each, what the surest of its ways leads to, which stands first. */
export async function findSurest(db: Queryable, each: readonly (readonly Way[])[]): Promise<(Meant | null)[]> {
  const answers = (await findMeant(db, each.flat())).values()
  return each.map((ways) => {
    const found = ways.map(() => answers.next().value ?? null)
    return found.find((meant) => meant !== null) ?? null
  })
}

type Named<By extends Way['by']> = Extract<Way, { by: By }> & { n: number }

/**
 * Answers in the order of the ways; null where a way leads nowhere. Relies on the primary key, expectation_by_correlation,
 * the unique key (key_hash, attempt) and expectation_by_job. The latest of many is their greatest id: an order with a limit
 * would let the planner walk through the primary key instead.
 */
export async function findMeant(db: Queryable, ways: readonly Way[]): Promise<(Meant | null)[]> {
  if (ways.length === 0) return []
  const ids: Named<'id'>[] = []
  const correlations: Named<'correlation'>[] = []
  const keys: Named<'key'>[] = []
  const jobs: Named<'job'>[] = []
  for (const [n, way] of ways.entries()) {
    if (way.by === 'id') ids.push({ ...way, n })
    else if (way.by === 'correlation') correlations.push({ ...way, n })
    else if (way.by === 'key') keys.push({ ...way, n })
    else jobs.push({ ...way, n })
  }
  const { rows } = await db.query<Meant & { n: number }>(
    `with found as materialized (
       select asked.n, e.id from unnest($1::int4[], $2::text[], $3::text[]) as asked (n, id, source)
       join becket.expectation e on e.id = asked.id and e.source = asked.source
       union all
       select asked.n, max(e.id) from unnest($4::int4[], $5::bytea[]) as asked (n, hash)
       join becket.expectation e on e.correlation = asked.hash group by asked.n
       union all
       select asked.n, latest.id from unnest($6::int4[], $7::bytea[]) as asked (n, hash)
       cross join lateral (
         select e.id from becket.expectation e where e.key_hash = asked.hash order by e.attempt desc limit 1) latest
       union all
       select asked.n, max(e.id) from unnest($8::int4[], $9::text[], $10::text[]) as asked (n, job_id, source)
       join becket.expectation e on e.job_id = asked.job_id and e.source = asked.source group by asked.n
     )
     select found.n, e.id, e.job_id as "jobId", e.state from found join becket.expectation e on e.id = found.id`,
    [
      int4Array(ids.map(({ n }) => n)),
      textArray(ids.map(({ id }) => id)),
      textArray(ids.map(({ source }) => source)),
      int4Array(correlations.map(({ n }) => n)),
      byteaArray(correlations.map(({ hash }) => hash)),
      int4Array(keys.map(({ n }) => n)),
      byteaArray(keys.map(({ hash }) => hash)),
      int4Array(jobs.map(({ n }) => n)),
      textArray(jobs.map(({ jobId }) => jobId)),
      textArray(jobs.map(({ source }) => source)),
    ],
  )
  const found = new Map(rows.map(({ n, ...meant }) => [n, meant]))
  return ways.map((_, n) => found.get(n) ?? null)
}
