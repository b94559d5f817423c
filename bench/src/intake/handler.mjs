/**
 * A webhook handler as the first users wrote it: finds the piece of work, keeps the callback, updates the work, and
 * answers then. A statement at a time on a pool of 20, each in its own transaction.
 */
import Fastify from 'fastify'
import pg from 'pg'
import { options, serve } from '../harness/serve.mjs'

const pool = new pg.Pool({ connectionString: options.url, max: 20 })
const app = Fastify({ bodyLimit: 10 * 1_048_576 })

app.post('/webhook/:id', async (request) => {
  const { id } = request.params
  const { rows } = await pool.query('select id, status from webhook_work where external_id = $1', [id])
  const [work] = rows
  await pool.query('insert into webhook_callback (work_id, payload) values ($1, $2)', [work?.id ?? null, request.body])
  if (work !== undefined) {
    await pool.query('update webhook_work set status = $2, result = $3, updated_at = now() where id = $1', [
      work.id,
      request.body.status,
      request.body.result,
    ])
  }
  return { received: true }
})

await app.listen({ host: '127.0.0.1', port: 0 })
serve({
  ready: { origin: `http://127.0.0.1:${app.server.address().port}` },
  stop: async () => {
    await app.close()
    await pool.end()
  },
})
