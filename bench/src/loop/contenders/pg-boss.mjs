/**
 * pg-boss with a table of work beside it: row and job in one transaction, a worker that submits whole batches, a callback
 * in one statement. Tuned by its documentation: workers are woken by NOTIFY, fetch in batches, and go on at once while
 * batches come back full.
 */
import { randomUUID } from 'node:crypto'
import { PgBoss } from 'pg-boss'
import { options } from '../../harness/serve.mjs'
import { face, serveLoop, submit } from './face.mjs'
import { countDone, makeTables, markSubmitted, pool, takeCallback } from './work-table.mjs'

const { batchSize, localConcurrency, bossPoolSize } = options
const boss = new PgBoss({ connectionString: options.databaseUrl, max: bossPoolSize, useListenNotify: true })
boss.on('error', () => {})

await makeTables()
await serveLoop({
  async begin() {
    await boss.start()
    await boss.createQueue('submit', { notify: true })
    const work = { batchSize, localConcurrency, pollingIntervalSeconds: 0.5, burstWhenBatchFull: true }
    await boss.work('submit', { ...work, notifyPollingIntervalSeconds: 0.5 }, async (jobs) => {
      await Promise.all(
        jobs.map(async ({ data: { id, input } }) => markSubmitted(id, await submit(face.callbackUrl(id), input))),
      )
    })
  },
  async loop(input) {
    const id = randomUUID()
    const result = face.resultOf(id)
    await create(id, input)
    return result
  },
  callback: takeCallback,
  commands: { count: countDone },
  async stop() {
    await boss.stop({ graceful: false })
    await pool.end()
  },
})

async function create(id, input) {
  const client = await pool.connect()
  try {
    await client.query('begin')
    await client.query({
      name: 'create-work',
      text: 'insert into work (id, input) values ($1, $2)',
      values: [id, input],
    })
    await boss.send('submit', { id, input }, { db: { executeSql: (text, values) => client.query(text, values) } })
    await client.query('commit')
  } catch (error) {
    await client.query('rollback')
    throw error
  } finally {
    client.release()
  }
}
