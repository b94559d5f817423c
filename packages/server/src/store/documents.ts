/** Rows of `document`: what was promised about a file, and whether it was proven. */
import type { Destination } from '../core/delivery.ts'
import type { Queryable, Tx } from '../db/db.ts'
import { toJsonb } from '../db/json.ts'

export interface DocumentRow {
  id: string
  owner: string
  filename: string
  mime: string
  bytes: number
  sha256: Buffer
  state: 'registered' | 'finalized' | 'duplicate'
  rawPath: string
  jobId: string | null
  duplicateOf: string | null
  /** Where the end of its job is told. */
  deliverTo: readonly Destination[] | null
  createdAt: Date
  finalizedAt: Date | null
}

const columns = `id, owner, filename, mime, bytes, sha256, state, raw_path as "rawPath", job_id as "jobId",
  duplicate_of as "duplicateOf", deliver_to as "deliverTo", created_at as "createdAt", finalized_at as "finalizedAt"`

export interface NewDocument {
  id: string
  owner: string
  filename: string
  mime: string
  bytes: number
  sha256: Buffer
  rawPath: string
  duplicateOf: string | null
  deliverTo: readonly Destination[]
}

export async function insertDocument(db: Queryable, document: NewDocument): Promise<DocumentRow> {
  const { rows } = await db.query<DocumentRow>(
    `insert into becket.document (id, owner, filename, mime, bytes, sha256, raw_path, state, duplicate_of, deliver_to)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) returning ${columns}`,
    [
      document.id,
      document.owner,
      document.filename,
      document.mime,
      document.bytes,
      document.sha256,
      document.rawPath,
      document.duplicateOf === null ? 'registered' : 'duplicate',
      document.duplicateOf,
      toJsonb(document.deliverTo),
    ],
  )
  const row = rows[0]
  if (row === undefined) throw new Error('inserting a document answered no row')
  return row
}

export async function readDocument(db: Queryable, id: string): Promise<DocumentRow | null> {
  const { rows } = await db.query<DocumentRow>(`select ${columns} from becket.document where id = $1`, [id])
  return rows[0] ?? null
}

/** The proven document of this owner with this content; relies on document_by_content. */
export async function findFinalized(db: Queryable, owner: string, sha256: Buffer): Promise<DocumentRow | null> {
  const { rows } = await db.query<DocumentRow>(
    `select ${columns} from becket.document where owner = $1 and sha256 = $2 and state = 'finalized'`,
    [owner, sha256],
  )
  return rows[0] ?? null
}

export type Finalized = { kind: 'finalized' } | { kind: 'duplicate'; of: string } | { kind: 'not-registered' }

/**
 * Marks the document as proven, or as a duplicate where another of its owner with the same content was first.
 * Relies on the unique index document_by_content.
 */
export async function finalizeDocument(
  tx: Tx,
  document: DocumentRow,
  jobId: string,
  /** An earlier document of the same content that gives way, since its job failed for a reason that may pass. */
  replaceable: string | null,
): Promise<Finalized> {
  // One at a time for an owner's content: the loser of a race must see the winner, not a unique violation.
  await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [
    `becket document ${document.owner} ${document.sha256.toString('hex')}`,
  ])
  const first = await findFinalized(tx, document.owner, document.sha256)
  if (first !== null && first.id === replaceable) {
    await tx.query(`update becket.document set state = 'duplicate', duplicate_of = $2 where id = $1`, [
      first.id,
      document.id,
    ])
  } else if (first !== null && first.id !== document.id) {
    await tx.query(
      `update becket.document set state = 'duplicate', duplicate_of = $2, finalized_at = clock_timestamp()
       where id = $1 and state = 'registered'`,
      [document.id, first.id],
    )
    return { kind: 'duplicate', of: first.id }
  }
  const { count } = await tx.query(
    `update becket.document set state = 'finalized', job_id = $2, finalized_at = clock_timestamp()
     where id = $1 and state = 'registered'`,
    [document.id, jobId],
  )
  return count === 1 ? { kind: 'finalized' } : { kind: 'not-registered' }
}

export interface DocumentFilter {
  owner: string | null
  states: readonly string[] | null
  before: string | null
  limit: number
}

/** Newest first; relies on the primary key, or on document_by_owner. */
export async function listDocuments(db: Queryable, filter: DocumentFilter): Promise<DocumentRow[]> {
  const { rows } = await db.query<DocumentRow>(
    `select ${columns} from becket.document
     where ($1::text is null or owner = $1) and ($2::text[] is null or state = any($2)) and ($3::text is null or id < $3)
     order by id desc limit $4`,
    [filter.owner, filter.states, filter.before, filter.limit],
  )
  return rows
}

/** With its chunks. Its job stays, and finds no document any more. */
export async function deleteDocument(db: Queryable, id: string): Promise<void> {
  await db.query('delete from becket.document where id = $1', [id])
}
