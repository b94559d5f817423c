/** Rows of `change`: what became different about the running system, in order. Append-only; never a value. */
import type { ChangeKind } from '@becket/client/contract'
import type { Queryable, Tx } from '../db/db.ts'
import { toJsonb } from '../db/json.ts'
import { newId } from './new-id.ts'

interface ChangeFacts {
  kind: ChangeKind
  /** The roles that share it, `database`, or what was overridden. */
  subject: string
  present: string
  instanceId: string | null
  by: string
}

export interface NewChange extends ChangeFacts {
  previous: string | null
  detail?: Record<string, unknown>
}

export interface ChangeRow extends ChangeFacts {
  id: string
  at: Date
  previous: string | null
  detail: Record<string, unknown>
}

const columns = `id, at, kind, subject, previous, present, detail, instance_id as "instanceId", by`

export async function appendChange(tx: Queryable, change: NewChange): Promise<string> {
  const id = newId('change')
  await tx.query(
    `insert into becket.change (id, kind, subject, previous, present, detail, instance_id, by)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      id,
      change.kind,
      change.subject,
      change.previous,
      change.present,
      toJsonb(change.detail ?? {}),
      change.instanceId,
      change.by,
    ],
  )
  return id
}

/** From here to the commit nobody else notes what it came with: of ten that start together, one does. */
export async function lockChanges(tx: Tx): Promise<void> {
  // Of this schema's table: its name is replaced here as well.
  await tx.query(`select pg_advisory_xact_lock(hashtextextended('becket.change', 0))`)
}

/** Relies on change_of_kind. */
export async function readLastChange(tx: Queryable, kind: ChangeKind, subject: string): Promise<ChangeRow | null> {
  const { rows } = await tx.query<ChangeRow>(
    `select ${columns} from becket.change where kind = $1 and subject = $2 order by at desc, id desc limit 1`,
    [kind, subject],
  )
  return rows[0] ?? null
}

export interface ChangeFilter {
  kinds: readonly ChangeKind[] | null
  subject: string | null
  before: string | null
  limit: number
}

/** Newest first. Relies on the primary key. */
export async function listChanges(db: Queryable, filter: ChangeFilter): Promise<ChangeRow[]> {
  const { rows } = await db.query<ChangeRow>(
    `select ${columns} from becket.change
     where ($1::text[] is null or kind = any($1)) and ($2::text is null or subject = $2) and ($3::text is null or id < $3)
     order by id desc limit $4`,
    [filter.kinds, filter.subject, filter.before, filter.limit],
  )
  return rows
}

export async function readChanges(db: Queryable, ids: readonly string[]): Promise<Map<string, ChangeRow>> {
  if (ids.length === 0) return new Map()
  const { rows } = await db.query<ChangeRow>(`select ${columns} from becket.change where id = any($1)`, [ids])
  return new Map(rows.map((row) => [row.id, row]))
}
