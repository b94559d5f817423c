/**
 * Reads the jobs that wait in the first users' `upload_jobs`, in a transaction that can write nothing. Their parser's id was
 * never stored, so that only the file itself can tell whether it was parsed.
 */
import { z } from 'zod'
import { AppError } from '../../core/error.ts'
import type { Db } from '../../db/db.ts'
import { sqlState } from '../../db/sql-error.ts'
import type { StuckJob, StuckJobs } from './stuck-job.ts'

export interface PostgresReading {
  db: Db
  schema: string
  limit: number
}

const rowSchema = z.object({
  jobId: z.string(),
  status: z.string(),
  sinceMs: z.number(),
  facts: z.record(z.string(), z.string().nullable()),
})

/** What a provider was asked to do, and has not told. */
const AWAITED = 'parse_queued'
// Ends, whatever the column `state` says: it was left at `queued` for what is complete.
const ENDS = ['complete', 'duplicate', 'failed_parse', 'failed_chunking', 'failed_embedding']
// 42P01, 3F000: no such table or schema. 42703: no such column. 42501: not for this user.
const NOT_THEIR_SCHEMA: ReadonlySet<string> = new Set(['42P01', '3F000', '42703', '42501'])

/** Oldest first. */
export async function readUploadJobs({ db, schema, limit }: PostgresReading): Promise<StuckJobs> {
  const table = (name: string) => `${quoted(schema)}.${quoted(name)}`
  try {
    const rows = await db.tx(async (tx) => {
      await tx.query('set transaction read only')
      const found = await tx.query(
        `select j.job_id::text as "jobId", j.status::text as status,
           (extract(epoch from coalesce(j.updated_at, j.created_at)) * 1000)::float8 as "sinceMs",
           jsonb_build_object('job_id', j.job_id::text, 'document_id', j.document_id::text, 'filename', d.filename,
             'raw_path', d.raw_path, 'parsed_path', d.parsed_path, 'user_id', d.user_id::text) as facts
         from ${table('upload_jobs')} j left join ${table('documents')} d on d.document_id = j.document_id
         where j.status::text <> all ($1::text[]) and j.state::text <> all ($2::text[])
         order by coalesce(j.updated_at, j.created_at), j.job_id limit $3`,
        [ENDS, ['done', 'deadletter'], limit + 1],
      )
      return z.array(rowSchema).parse(found.rows)
    })
    return { jobs: rows.slice(0, limit).map(jobOf), isMore: rows.length > limit }
  } catch (error) {
    if (error instanceof AppError && error.code === 'DATABASE_UNREACHABLE') {
      // The hint of the code speaks of Becket's own database.
      const hint = 'Check --database-url, or ADOPT_DATABASE_URL, and that this machine can reach it.'
      throw new AppError(error.code, error.detail, { hint, cause: error })
    }
    if (!NOT_THEIR_SCHEMA.has(sqlState(error) ?? '')) throw error
    const said = error instanceof Error ? error.message : String(error)
    throw new AppError('NOT_FOUND', `The schema ${schema} has no job table that can be read: ${said}`, {
      hint: 'Check --database-url and --schema; upload_jobs and documents are needed, and a user who may read them.',
      cause: error,
    })
  }
}

function jobOf({ jobId, status, sinceMs, facts }: z.output<typeof rowSchema>): StuckJob {
  const present = Object.entries(facts).flatMap(([name, value]) => (value === null ? [] : [[name, value]]))
  return {
    id: jobId,
    type: 'parse',
    status,
    externalId: null,
    sinceMs,
    facts: Object.fromEntries(present),
    obstacle:
      status === AWAITED ? null : `no provider is awaited at ${status}; hand its file in again: ${fileOf(facts)}`,
  }
}

function fileOf({ raw_path: path }: Readonly<Record<string, string | null>>): string {
  return path === null || path === undefined ? 'its row names none, so that its owner has it' : `it lies at ${path}`
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
