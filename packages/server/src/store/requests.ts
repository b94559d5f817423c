/** Rows of `request`: what went out to third parties, and how it was answered. Append-only. */
import type { Queryable } from '../db/db.ts'

interface RequestFacts {
  id: string
  /** A source, `storage`, or a sink. */
  source: string
  operation: string | null
  method: string
  /** Redacted. */
  url: string
  status: number | null
  fault: string | null
  tookMs: number
  bytes: number
  /** The expectation that it was made for. */
  subject: string | null
}

/** `atMs`: when it ended, in milliseconds since 1970. */
export type NewRequest = RequestFacts & { atMs: number }

export type RequestRow = RequestFacts & { at: Date }

export async function insertRequests(db: Queryable, requests: readonly NewRequest[]): Promise<void> {
  const column = <Value>(pick: (request: NewRequest) => Value) => requests.map(pick)
  await db.query(
    `insert into becket.request (id, source, operation, method, url, status, fault, took_ms, bytes, at, subject)
     select id, source, operation, method, url, status, fault, took_ms, bytes, to_timestamp(at_ms / 1000), subject
     from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::int[], $7::text[], $8::int[],
       $9::bigint[], $10::float8[], $11::text[])
       as made (id, source, operation, method, url, status, fault, took_ms, bytes, at_ms, subject)
     on conflict do nothing`,
    [
      column((request) => request.id),
      column((request) => request.source),
      column((request) => request.operation),
      column((request) => request.method),
      column((request) => request.url),
      column((request) => request.status),
      column((request) => request.fault),
      column((request) => request.tookMs),
      column((request) => request.bytes),
      column((request) => request.atMs),
      column((request) => request.subject),
    ],
  )
}

export interface RequestFilter {
  source: string | null
  /** An expectation, or a job: then those of all its expectations. */
  subject: string | null
  failed: boolean | null
  before: string | null
  limit: number
}

/** Newest first. Relies on the primary key, request_by_source, request_by_subject and expectation_by_job. */
export async function listRequests(db: Queryable, filter: RequestFilter): Promise<RequestRow[]> {
  const { rows } = await db.query<RequestRow>(
    `select r.id, r.source, r.operation, r.method, r.url, r.status, r.fault, r.took_ms as "tookMs", r.bytes, r.at, r.subject
     from becket.request r
     where ($1::text is null or r.source = $1)
       and ($2::text is null or r.subject = any(
         array(select e.id from becket.expectation e where e.job_id = $2) || array[$2]))
       and ($3::boolean is null or $3 = (r.fault is not null or coalesce(r.status, 0) >= 400))
       and ($4::text is null or r.id < $4)
     order by r.id desc limit $5`,
    [filter.source, filter.subject, filter.failed, filter.before, filter.limit],
  )
  return rows.map((row) => ({ ...row, bytes: Number(row.bytes) }))
}
