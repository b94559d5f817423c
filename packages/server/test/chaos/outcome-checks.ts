/** Whether each document ended as it had to, with its own text, and whether what was acknowledged is there. */
import { createHash } from 'node:crypto'
import type { Check } from './database-checks.ts'
import type { BatchDocument } from './documents.ts'
import type { Postgres } from './postgres.ts'
import type { Answered } from './relay.ts'
import type { Taken } from './uploader.ts'

export async function checkOutcomes(
  postgres: Postgres,
  batch: readonly BatchDocument[],
  taken: readonly Taken[],
): Promise<Check[]> {
  const rows = await postgres.ask<{
    id: string
    state: string
    code: string | null
    message: string | null
    text: string | null
  }>(
    `select d.id, j.state, j.error ->> 'code' as code, j.error ->> 'message' as message,
       (select string_agg(c.content, E'\\n') from becket.chunk c where c.document_id = d.id) as text
     from becket.document d join becket.job j on j.id = d.job_id`,
  )
  const byId = new Map(rows.map((row) => [row.id, row]))
  const ends: string[] = []
  const texts: string[] = []
  const marks = batch.map(({ mark }) => mark)
  let complete = 0
  let failed = 0
  for (const { document, id } of taken) {
    const row = byId.get(id)
    const end = row?.state === 'done' ? 'complete' : row?.state === 'deadletter' ? 'failed' : null
    if (end === 'complete') complete++
    if (end === 'failed') failed++
    const code = document.ends.kind === 'failed' ? document.ends.code : null
    if (end !== document.ends.kind || (end === 'failed' && row?.code !== code)) {
      const found = `${row?.state ?? 'without a job'} ${row?.code ?? ''} ${row?.message ?? ''}`.trim()
      ends.push(`${document.filename} (${id}) had to be ${document.ends.kind} ${code ?? ''}, and is ${found}`)
    }
    if (end !== 'complete') continue
    const wrong = marks.filter((mark) => mark !== document.mark && row?.text?.includes(mark))
    if (row?.text?.includes(document.mark) !== true || wrong.length > 0) {
      texts.push(`${document.filename} (${id}) has the text of ${wrong.join(', ') || 'nobody'}`)
    }
  }
  const missing = batch.length - taken.length
  return [
    {
      name: 'every document was taken',
      figure: `${taken.length} of ${batch.length}; ${taken.reduce((sum, { repeated }) => sum + repeated, 0)} submits repeated`,
      faults: missing === 0 ? [] : [`${missing} were not taken`],
    },
    {
      name: 'every taken document ended as it had to',
      figure: `${complete} complete, ${failed} failed for their reason`,
      faults: ends,
    },
    { name: 'every finished document has its own text', figure: `${complete} read`, faults: texts },
  ]
}

/** Everything that was answered 2xx, even where the answer never arrived: the database must have it, byte for byte. */
export async function checkCallbacks(postgres: Postgres, answers: readonly Answered[]): Promise<Check> {
  const taken = answers.filter(({ kind, status }) => kind === 'callback' && status >= 200 && status < 300)
  const rows = await postgres.ask<{ id: string; body: Buffer }>('select id, body from becket.callback')
  const stored = new Map(rows.map(({ id, body }) => [id, hashOf(body)]))
  const faults = taken.flatMap(({ body, sent }) => {
    const { callback }: { callback: string } = JSON.parse(body.toString())
    if (!stored.has(callback)) return [`${callback} was acknowledged and is not there`]
    return stored.get(callback) === hashOf(sent) ? [] : [`${callback} has another body than was sent`]
  })
  const unacknowledged = taken.filter(({ passedOn }) => !passedOn).length
  const figure = `${taken.length} answered 2xx, ${unacknowledged} of them in vain; ${stored.size} stored`
  return { name: 'every acknowledged callback is there', figure, faults }
}

/** Our own faults are told as 503, so that whoever asks comes again. */
export function checkAnswers(answers: readonly Answered[]): Check {
  const count = (from: number, to: number) => answers.filter(({ status }) => status >= from && status <= to).length
  const wrong = answers.filter(
    ({ kind, status }) => status === 500 || (kind === 'callback' && status >= 400 && status < 500),
  )
  return {
    name: 'our faults are told as 503, callbacks are never refused for them',
    figure: `${count(200, 299)} answers 2xx, ${count(400, 499)} 4xx, ${count(503, 503)} 503`,
    faults: wrong.map(
      ({ kind, path, status, body }) => `${kind} ${path.split('/t/')[0]}: ${status} ${body.toString().slice(0, 300)}`,
    ),
  }
}

function hashOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
