/** What the tables say, for assertions: rows as they are, without the program's own queries between. */
import type { Db } from '../../src/db/db.ts'
import type { Lane } from '../../src/store/wakeups.ts'

export interface ExpectationFacts {
  id: string
  attempt: number
  state: string
  version: number
  external_id: string | null
  settled_by: string | null
  checks: number
}

export interface JobFacts {
  id: string
  stage: string
  state: string
  version: number
  attempt: number
  postponed: number
  error: { code: string; message: string; retryable: boolean; supportId?: string } | null
}

export interface WakeupFacts {
  lane: Lane
  subject: string
  owner: string | null
  fence: string | null
  seq: number
  rank: number
  lapses: number
  /** From now, by the database's clock. */
  dueInMs: number
  nextDueInMs: number | null
}

export function createReader(db: Db) {
  async function all<Row>(text: string, values: unknown[] = []): Promise<Row[]> {
    return (await db.query<Row>(text, values)).rows
  }

  async function one<Row>(text: string, values: unknown[]): Promise<Row> {
    const [row] = await all<Row>(text, values)
    if (row === undefined) throw new Error(`no row: ${text} ${JSON.stringify(values)}`)
    return row
  }

  const wakeupsOf = (where: string, values: unknown[]) =>
    all<WakeupFacts>(
      `select lane, subject, owner, fence::text, seq, rank, lapses,
         (extract(epoch from due - clock_timestamp()) * 1000)::float8 as "dueInMs",
         (extract(epoch from next_due - clock_timestamp()) * 1000)::float8 as "nextDueInMs"
       from becket.wakeup where ${where} order by lane, subject`,
      values,
    )

  return {
    expectation: (id: string) => one<ExpectationFacts>('select * from becket.expectation where id = $1', [id]),
    /** Every attempt of a job, in order. */
    attempts: (jobId: string) =>
      all<ExpectationFacts>('select * from becket.expectation where job_id = $1 order by registered_at', [jobId]),
    job: (id: string) => one<JobFacts>('select * from becket.job where id = $1', [id]),
    callback: (id: string) =>
      one<{
        fate: string
        fate_reason: string | null
        verdict: string
        expectation_id: string | null
        duplicate_of: string | null
        body: Buffer
      }>('select * from becket.callback where id = $1', [id]),
    wakeup: async (lane: Lane, subject: string): Promise<WakeupFacts | null> =>
      (await wakeupsOf('lane = $1 and subject = $2', [lane, subject]))[0] ?? null,
    wakeups: (lane: Lane) => wakeupsOf('lane = $1', [lane]),
    /** `origin:verdict:relation` of each piece, in order. */
    evidence: async (expectationId: string): Promise<string[]> => {
      const rows = await all<{ origin: string; verdict: string; relation: string }>(
        'select origin, verdict, relation from becket.evidence where expectation_id = $1 order by observed_at, id',
        [expectationId],
      )
      return rows.map((row) => `${row.origin}:${row.verdict}:${row.relation}`)
    },
    /** The types of a subject's events, in order. */
    timeline: async (subject: string): Promise<string[]> => {
      const rows = await all<{ type: string }>('select type from becket.event where subject = $1 order by at', [
        subject,
      ])
      return rows.map((row) => row.type)
    },
    count: async (table: string): Promise<number> =>
      (await one<{ count: number }>(`select count(*)::int from becket.${table}`, [])).count,
    all,
    one,
  }
}
