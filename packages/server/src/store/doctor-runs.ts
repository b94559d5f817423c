/** Rows of `doctor_run`: each round in which a server examined itself. What it found lies in `finding`. */
import type { DoctorStep } from '@becket/client/contract'
import type { Db, Queryable } from '../db/db.ts'
import { toJsonb } from '../db/json.ts'
import { newId } from './new-id.ts'

export interface DoctorRunRow {
  id: string
  instanceId: string
  by: string
  state: 'running' | 'done' | 'failed'
  startedAt: Date
  endedAt: Date | null
  passed: number
  failed: number
  unknown: number
  steps: DoctorStep[]
  error: string | null
}

const columns = `id, instance_id as "instanceId", by, state, started_at as "startedAt", ended_at as "endedAt", passed,
  failed, unknown, steps, error`

export async function startRun(db: Queryable, run: { instanceId: string; by: string }): Promise<DoctorRunRow> {
  const { rows } = await db.query<DoctorRunRow>(
    `insert into becket.doctor_run (id, instance_id, by, state) values ($1, $2, $3, 'running') returning ${columns}`,
    [newId('doctorRun'), run.instanceId, run.by],
  )
  const row = rows[0]
  if (row === undefined) throw new Error('inserting a round of the doctor answered no row')
  return row
}

export interface RunEnd {
  passed: number
  failed: number
  unknown: number
  steps: readonly DoctorStep[]
  /** Null: it came to its end. */
  error: string | null
}

export async function endRun(db: Queryable, id: string, end: RunEnd): Promise<void> {
  await db.query(
    `update becket.doctor_run set state = case when $6::text is null then 'done' else 'failed' end,
       ended_at = clock_timestamp(), passed = $2, failed = $3, unknown = $4, steps = $5, error = $6
     where id = $1 and state = 'running'`,
    [id, end.passed, end.failed, end.unknown, toJsonb(end.steps), end.error],
  )
}

export async function readRun(db: Queryable, id: string): Promise<DoctorRunRow | null> {
  const { rows } = await db.query<DoctorRunRow>(`select ${columns} from becket.doctor_run where id = $1`, [id])
  return rows[0] ?? null
}

/** What a round found stays; of the round itself nobody asks after a week. */
export async function forgetRuns(db: Db): Promise<void> {
  await db.query(`delete from becket.doctor_run where started_at < clock_timestamp() - interval '7 days'`)
}
