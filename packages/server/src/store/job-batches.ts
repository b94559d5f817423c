/**
 * Many jobs in one statement each: made with their wakeups, or taken one step further by those who hold them. A statement
 * of its own is a transaction of its own. The plain ways are `jobs.ts` and `wakeups.ts`; what is left out here goes there.
 */
import { byteaArray, int4Array, int8Array, jsonbArray, textArray } from '../db/binary-array.ts'
import type { Queryable } from '../db/db.ts'
import { toJsonb } from '../db/json.ts'
import { type DatedEvent, eventRows, eventValues } from './events.ts'
import { hasEnded, type JobRow, type JobWrite, type NewJob } from './jobs.ts'
import { type Claim, LEASE_MS } from './wakeups.ts'

export interface JobToMake {
  job: NewJob
  /** Who works on it at once; null: whoever has room. */
  owner: string | null
  created: DatedEvent
}

export interface MadeJob {
  id: string
  createdAt: Date
  updatedAt: Date
  toldAt: Date
  /** Null where it was left to whoever has room. */
  fence: string | null
}

/**
 * Answers those that were made; the others' pipelines have a job under their key already. In one order for everybody, so
 * that two batches never wait for each other's keys.
 */
export async function insertJobs(db: Queryable, jobs: readonly JobToMake[]): Promise<Map<string, MadeJob>> {
  const sorted = [...jobs].sort((one, other) => one.job.keyHash.compare(other.job.keyHash))
  const texts = (value: (made: JobToMake) => string | null) => textArray(sorted.map(value))
  const { rows } = await db.query<MadeJob>(
    `with asked as materialized (
       select * from unnest($1::text[], $2::text[], $3::text[], $4::bytea[], $5::jsonb[], $6::text[], $7::jsonb[], $8::text[])
         as asked (id, pipeline, key, key_hash, input, stage, deliver_to, owner)
     ), made as (
       insert into becket.job (id, pipeline, key, key_hash, input, stage, state, deliver_to)
       select id, pipeline, key, key_hash, input, stage, 'queued', deliver_to from asked
       on conflict (pipeline, key_hash) do nothing
       returning id, created_at, updated_at
     ), woken as (
       insert into becket.wakeup (lane, subject, due, fence, owner)
       select 'job', id, clock_timestamp() + case when owner is null then 0 else ${LEASE_MS} end * interval '1 ms',
         case when owner is null then null else nextval('becket.fence') end, owner
       from asked where id in (select id from made)
       returning subject, fence
     ), told as (
       insert into becket.event (id, subject, job_id, type, severity, data)
       select told.* from (${eventRows(9)}) as told where told.job_id in (select id from made)
       returning job_id, at
     )
     select made.id, made.created_at as "createdAt", made.updated_at as "updatedAt", told.at as "toldAt",
       woken.fence::text
     from made join woken on woken.subject = made.id join told on told.job_id = made.id`,
    [
      texts(({ job }) => job.id),
      texts(({ job }) => job.pipeline),
      texts(({ job }) => job.key),
      byteaArray(sorted.map(({ job }) => job.keyHash)),
      jsonbArray(sorted.map(({ job }) => toJsonb(job.input))),
      texts(({ job }) => job.stage),
      jsonbArray(sorted.map(({ job }) => (job.deliverTo === undefined ? null : toJsonb(job.deliverTo)))),
      texts(({ owner }) => owner),
      ...eventValues(sorted.map(({ created }) => created)),
    ],
  )
  return new Map(rows.map((row) => [row.id, row]))
}

/** A move by the holder of a job's wakeup, after which the job goes on in the same hand or has ended. */
export interface JobStep {
  from: JobRow
  move: Pick<JobRow, 'stage' | 'state' | 'attempt' | 'postponed' | 'error'>
  write: JobWrite
  claim: Claim
  /** Of its wakeup, which is kept; null: the job needs it no more. */
  keepRank: number | null
  events: readonly DatedEvent[]
}

/** What became of steps that were written together. */
export interface Stepped {
  /** When they were; one moment for all. */
  at: Date
  /** By fence: those of which nothing was written. */
  missed: ReadonlySet<string>
}

/**
 * Left out are jobs that somebody moved meanwhile, whose wakeup somebody else holds, or for whom a signal came that a finish
 * must not swallow: nothing of theirs is written. One step for each job. Locks as everybody does, the jobs and then the
 * wakeups, in the order of their ids. Relies on the primary keys: each wakeup is looked up for its own job, since a planner
 * that takes the queue for empty would read all of a lane, with whatever lies dead in it, and join that. Not by where it
 * lies: a wakeup whose lease was renewed meanwhile lies elsewhere, and is still ours.
 */
export async function stepJobs(db: Queryable, steps: readonly JobStep[]): Promise<Stepped> {
  const texts = (value: (step: JobStep) => string) => textArray(steps.map(value))
  const numbers = (value: (step: JobStep) => number | null) => int4Array(steps.map(value))
  const json = (value: (step: JobStep) => unknown) =>
    jsonbArray(steps.map(value).map((found) => (found === null || found === undefined ? null : toJsonb(found))))
  const { rows } = await db.query<{ at: Date; missed: string[] }>(
    `with present as materialized (select clock_timestamp() as now),
     ours as materialized (
       select step.*
       from unnest($1::text[], $2::int4[], $3::text[], $4::text[], $5::int4[], $6::int4[], $7::jsonb[],
         $8::jsonb[], $9::jsonb[], $10::int4[], $11::int8[], $12::int4[], $13::int4[])
         as step (id, version, stage, state, attempt, postponed, data, output, error, ends, fence, seq, keep_rank)
       join becket.job j on j.id = step.id and j.version = step.version
       order by j.id for update of j
     ), held as materialized (
       select one.subject, ours.fence, ours.keep_rank from ours cross join lateral (
         select w.subject from becket.wakeup w
         where w.lane = 'job' and w.subject = ours.id and w.fence = ours.fence and w.owner is not null
           and (ours.keep_rank is not null or w.seq = ours.seq)
         for update) as one
     ), gone as (
       delete from becket.wakeup w
       where w.lane = 'job' and w.subject = any(array(select subject from held where keep_rank is null))
       returning w.fence
     ), kept as (
       update becket.wakeup w set rank = held.keep_rank, lapses = 0
       from held
       where w.lane = 'job' and w.subject = any(array(select subject from held where keep_rank is not null))
         and w.fence = held.fence
       returning w.fence
     ), ready as not materialized (
       select * from ours where fence = any(array(select fence from gone union all select fence from kept))
     ), moved as (
       update becket.job j set stage = ready.stage, state = ready.state, attempt = ready.attempt,
         postponed = ready.postponed, version = j.version + 1,
         data = case when ready.data is null then j.data else j.data || ready.data end,
         output = coalesce(ready.output, j.output), error = ready.error, updated_at = present.now,
         finished_at = case when ready.ends = 1 then present.now end
       from ready, present where j.id = ready.id and j.version = ready.version
       returning j.id
     ), told as (
       insert into becket.event (id, subject, job_id, type, severity, data)
       select told.* from (${eventRows(14)}) as told where told.job_id in (select id from ready)
     )
     select present.now as at,
       array(select fence::text from unnest($1::text[], $11::int8[]) as asked (id, fence)
         where id not in (select id from moved)) as missed
     from present`,
    [
      texts(({ from }) => from.id),
      numbers(({ from }) => from.version),
      texts(({ move }) => move.stage),
      texts(({ move }) => move.state),
      numbers(({ move }) => move.attempt),
      numbers(({ move }) => move.postponed),
      json(({ write }) => write.data),
      json(({ write }) => write.output),
      json(({ move }) => move.error),
      numbers(({ move }) => (hasEnded(move.state) ? 1 : 0)),
      int8Array(steps.map(({ claim }) => claim.fence)),
      numbers(({ claim }) => claim.seq),
      numbers(({ keepRank }) => keepRank),
      ...eventValues(steps.flatMap(({ events }) => events)),
    ],
  )
  const [told] = rows
  if (told === undefined) throw new Error('a statement that steps jobs answered nothing at all')
  return { at: told.at, missed: new Set(told.missed) }
}
