/**
 * The handler as the first users wrote it: no queue; a row is inserted, the work submitted, the row updated; a callback is
 * a SELECT, an INSERT and an UPDATE. Each statement commits by itself.
 */
import { randomUUID } from 'node:crypto'
import { face, serveLoop, submit } from './face.mjs'
import { countDone, makeTables, markSubmitted, pool } from './work-table.mjs'

await makeTables()
await serveLoop({
  async loop(input) {
    const id = randomUUID()
    const result = face.resultOf(id)
    await pool.query('insert into work (id, input) values ($1, $2)', [id, input])
    await markSubmitted(id, await submit(face.callbackUrl(id), input))
    return result
  },
  async callback(id, body) {
    const { rows } = await pool.query('select id, state from work where id = $1', [id])
    if (rows.length === 0) throw new Error(`no work ${id}`)
    await pool.query('insert into callback (work_id, body) values ($1, $2)', [id, body])
    await pool.query(`update work set state = 'done', result = $2, finished_at = now() where id = $1`, [
      id,
      body.result,
    ])
  },
  commands: { count: countDone },
  stop: () => pool.end(),
})
