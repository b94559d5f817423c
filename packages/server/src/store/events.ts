/** The timeline of every job, expectation and document: what happened, when, to what. Append-only; never payloads or secrets. */
import { jsonbArray, textArray } from '../db/binary-array.ts'
import type { Queryable, Tx } from '../db/db.ts'
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

/** What a transaction has to tell, until it is about to commit. */
const gathered = new WeakMap<Tx, DatedEvent[]>()

/** `id`: drawn when it was told. */
export type DatedEvent = NewEvent & { id: string }

/**
 * In a transaction, all events travel in one statement as its last work; elsewhere they are written at once. Their ids are
 * drawn here, so that they keep the order in which they were told.
 */
export async function appendEvents(tx: Queryable | Tx, events: readonly NewEvent[]): Promise<void> {
  if (events.length === 0) return
  const dated = datedEvents(events)
  if (!isTx(tx)) {
    await tx.query(INSERT, eventValues(dated))
    return
  }
  const before = gathered.get(tx)
  if (before !== undefined) {
    before.push(...dated)
    return
  }
  gathered.set(tx, dated)
  tx.beforeCommit(async () => {
    gathered.delete(tx)
    tx.send(INSERT, eventValues(dated))
  })
}

export function datedEvents(events: readonly NewEvent[]): DatedEvent[] {
  return events.map((event) => ({ ...event, id: newId('event') }))
}

function isTx(db: Queryable | Tx): db is Tx {
  return 'beforeCommit' in db
}

/** The rows of a statement that has its first parameter for them at `first`; see `eventValues`. */
export function eventRows(first: number): string {
  const [id, subject, jobId, type, severity, data] = [0, 1, 2, 3, 4, 5].map((offset) => `$${first + offset}`)
  return `select * from unnest(${id}::text[], ${subject}::text[], ${jobId}::text[], ${type}::text[], ${severity}::text[],
    ${data}::jsonb[]) as told (id, subject, job_id, type, severity, data)`
}

/** The six parameters of `eventRows`. */
export function eventValues(events: readonly DatedEvent[]): Buffer[] {
  return [
    textArray(events.map(({ id }) => id)),
    textArray(events.map(({ subject }) => subject)),
    textArray(events.map(({ jobId }) => jobId)),
    textArray(events.map(({ type }) => type)),
    textArray(events.map(({ severity }) => severity ?? 'info')),
    jsonbArray(events.map(({ data }) => toJsonb(data ?? {}))),
  ]
}

/** Oldest first; relies on event_by_subject, and for what is told of a job's parts on event_by_job. */
export async function readTimeline(db: Queryable, of: { jobId: string } | { subject: string }): Promise<EventRow[]> {
  const columns = 'id, subject, type, severity, data, at'
  const [told, id] =
    'jobId' in of
      ? [
          `select ${columns} from becket.event where subject = $1 and job_id = $1
           union all select ${columns} from becket.event where job_id = $1 and job_id <> subject`,
          of.jobId,
        ]
      : [`select ${columns} from becket.event where subject = $1`, of.subject]
  const { rows } = await db.query<EventRow>(`${told} order by id limit 1000`, [id])
  return rows
}

const INSERT = `insert into becket.event (id, subject, job_id, type, severity, data) ${eventRows(1)}`
