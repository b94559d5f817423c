/** Ways to wait for a row, and to let time pass for jobs without waiting for it. */
import type { Becket } from '@becket/client'
import type { Job } from '@becket/client/contract'
import type { Db } from '../../src/db/db.ts'

const LOOK_EVERY_MS = 15
const PATIENCE_MS = 20_000

/** The first row that the query answers, now or soon. */
export async function row<Row extends object>(db: Db, query: string, values: unknown[] = []): Promise<Row> {
  return look(`a row of: ${query}`, async () => (await db.query<Row>(query, values)).rows[0])
}

/** Asks until there is an answer. */
export async function look<Answer>(what: string, ask: () => Promise<Answer | undefined>): Promise<Answer> {
  const end = performance.now() + PATIENCE_MS
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (performance.now() > end) throw new Error(`waited ${PATIENCE_MS} ms in vain for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
  }
}

/** Every pause between two tries at a stage is over at once: what waits for a worker falls due. */
export async function endPauses(db: Db): Promise<void> {
  await db.query(`update becket.wakeup set due = clock_timestamp()
    where lane = 'job' and owner is null and due > clock_timestamp()`)
}

/** Sooner than the API tells it, which looks for all who wait together. */
export async function untilEnded(db: Db, jobId: string, meanwhile: () => Promise<void> = async () => {}) {
  await look(`the end of job ${jobId}`, async () => {
    await meanwhile()
    const { rows } = await db.query(
      `select 1 from becket.job where id = $1 and state in ('done', 'deadletter', 'cancelled')`,
      [jobId],
    )
    return rows[0]
  })
}

/** The end of a job, with all pauses on the way cut short. */
export async function endedWithoutPauses(
  { db, becket }: { db: Db; becket: Becket },
  { jobId }: { jobId: string },
): Promise<Job> {
  await untilEnded(db, jobId, () => endPauses(db))
  return becket.jobs.get(jobId)
}

export function typesOf({ timeline }: Job): string[] {
  return timeline.map(({ type }) => type)
}
