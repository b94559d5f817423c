/** The tables of the former order: what of them its steps touch. In a schema of its own, which ends with the race. */
import type { Db } from '../../../db/db.ts'

export type FormerStatus =
  | 'uploaded'
  | 'parse_queued'
  | 'parsed'
  | 'parse_validated'
  | 'chunks_stored'
  | 'complete'
  | 'failed_parse'

export interface FormerJob {
  jobId: string
  documentId: string
  status: FormerStatus
  filename: string
  rawPath: string
  parsedPath: string | null
}

export interface FormerChunk {
  ordinal: number
  content: string
  embedding: readonly number[]
}

export interface FormerTables {
  create(): Promise<void>
  drop(): Promise<void>
  insertDocument(document: {
    documentId: string
    userId: string
    filename: string
    bytes: number
    sha256: string
    rawPath: string
  }): Promise<void>
  insertJob(jobId: string, documentId: string): Promise<void>
  claim(): Promise<FormerJob | null>
  findJob(jobId: string): Promise<FormerJob | null>
  setParsed(job: FormerJob, parsedPath: string): Promise<void>
  /** Answers when it was, in milliseconds since 1970 on the database's clock. */
  moveTo(job: FormerJob, status: FormerStatus, error?: string): Promise<number>
  storeChunks(documentId: string, chunks: readonly FormerChunk[]): Promise<void>
}

const states: Record<FormerStatus, string> = {
  uploaded: 'queued',
  parse_queued: 'waiting',
  parsed: 'queued',
  parse_validated: 'working',
  chunks_stored: 'working',
  complete: 'done',
  failed_parse: 'deadletter',
}

const columns = `job.job_id as "jobId", job.document_id as "documentId", job.status, document.filename,
  document.raw_path as "rawPath", document.parsed_path as "parsedPath"`

export function createFormerTables(db: Db, schema: string): FormerTables {
  const documents = `${schema}.documents`
  const jobs = `${schema}.upload_jobs`
  const chunks = `${schema}.document_chunks`
  const joined = `${jobs} job join ${documents} document using (document_id)`

  return {
    async create() {
      await db.query(`
        create schema ${schema};
        create table ${documents} (
          document_id text primary key, user_id text not null, filename text not null, mime text not null,
          bytes_len bigint not null, file_sha256 text not null, raw_path text not null, parsed_path text,
          processing_status text not null, created_at timestamptz not null default clock_timestamp(),
          updated_at timestamptz not null default clock_timestamp(), unique (user_id, file_sha256));
        create table ${jobs} (
          job_id text primary key, document_id text not null references ${documents}, status text not null,
          state text not null, last_error text, created_at timestamptz not null default clock_timestamp(),
          updated_at timestamptz not null default clock_timestamp());
        create index on ${jobs} (created_at) where state = 'queued';
        create table ${chunks} (
          document_id text not null references ${documents}, ordinal integer not null, content text not null,
          embedding real[] not null, primary key (document_id, ordinal));`)
    },

    async drop() {
      await db.query(`drop schema if exists ${schema} cascade`)
    },

    async insertDocument({ documentId, userId, filename, bytes, sha256, rawPath }) {
      await db.query(
        `insert into ${documents} (document_id, user_id, filename, mime, bytes_len, file_sha256, raw_path, processing_status)
         values ($1, $2, $3, 'application/pdf', $4, $5, $6, 'uploaded')`,
        [documentId, userId, filename, bytes, sha256, rawPath],
      )
    },

    // It is called uploaded here, and can be claimed: nothing was uploaded yet.
    async insertJob(jobId, documentId) {
      await db.query(`insert into ${jobs} (job_id, document_id, status, state) values ($1, $2, 'uploaded', 'queued')`, [
        jobId,
        documentId,
      ])
    },

    async claim() {
      const { rows } = await db.query<FormerJob>(
        `update ${jobs} job set state = 'working', updated_at = clock_timestamp() from ${documents} document
         where document.document_id = job.document_id and job.job_id = (
           select job_id from ${jobs} where state = 'queued'
           order by array_position(array['parsed', 'uploaded'], status), created_at
           limit 1 for update skip locked)
         returning ${columns}`,
      )
      return rows[0] ?? null
    },

    async findJob(jobId) {
      const { rows } = await db.query<FormerJob>(`select ${columns} from ${joined} where job_id = $1`, [jobId])
      return rows[0] ?? null
    },

    async setParsed(job, parsedPath) {
      await db.query(
        `update ${documents} set parsed_path = $2, processing_status = 'parsed', updated_at = clock_timestamp()
         where document_id = $1`,
        [job.documentId, parsedPath],
      )
      await db.query(
        `update ${jobs} set status = 'parsed', state = 'queued', updated_at = clock_timestamp() where job_id = $1`,
        [job.jobId],
      )
    },

    // Whatever stands there is written over, as it was.
    async moveTo(job, status, error) {
      const { rows } = await db.query<{ atMs: number }>(
        `update ${jobs} set status = $2, state = $3, last_error = $4, updated_at = clock_timestamp() where job_id = $1
         returning (extract(epoch from updated_at) * 1000)::float8 as "atMs"`,
        [job.jobId, status, states[status], error ?? null],
      )
      return rows[0]?.atMs ?? Number.NaN
    },

    async storeChunks(documentId, made) {
      for (const { ordinal, content, embedding } of made) {
        await db.query(
          `insert into ${chunks} (document_id, ordinal, content, embedding) values ($1, $2, $3, $4)
           on conflict do nothing`,
          [documentId, ordinal, content, embedding],
        )
      }
    },
  }
}
