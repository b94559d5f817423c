/** The timeline of every job, expectation and document: what happened, when, to what. Append-only; never payloads or secrets. */
import type { Queryable } from '../db/db.ts'
import { toJsonb } from '../db/json.ts'
import { newId } from './new-id.ts'

export interface NewEvent {
  subject: string
  jobId: string | null
  type: string
  severity?: 'info' | 'warn' | 'error'
  data?: Record<string, unknown>
}

export interface EventRow {
  id: string
  subject: string
  type: string
  severity: 'info' | 'warn' | 'error'
  data: Record<string, unknown>
  at: Date
}

export async function appendEvents(tx: Queryable, events: readonly NewEvent[]): Promise<void> {
  if (events.length === 0) return
  await tx.query(
    `insert into becket.event (id, subject, job_id, type, severity, data)
     select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::jsonb[])`,
    [
      events.map(() => newId('event')),
      events.map((event) => event.subject),
      events.map((event) => event.jobId),
      events.map((event) => event.type),
      events.map((event) => event.severity ?? 'info'),
      events.map((event) => toJsonb(event.data ?? {})),
    ],
  )
}

/** Oldest first; relies on event_by_job and event_by_subject. */
export async function readTimeline(db: Queryable, of: { jobId: string } | { subject: string }): Promise<EventRow[]> {
  const [column, id] = 'jobId' in of ? ['job_id', of.jobId] : ['subject', of.subject]
  const { rows } = await db.query<EventRow>(
    `select id, subject, type, severity, data, at from becket.event where ${column} = $1 order by id limit 1000`,
    [id],
  )
  return rows
}
