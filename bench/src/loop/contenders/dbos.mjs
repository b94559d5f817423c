/** DBOS Transact: a workflow that submits in a step and receives; the callback route sends. */
import { randomUUID } from 'node:crypto'
import { DBOS } from '@dbos-inc/dbos-sdk'
import pg from 'pg'
import { options } from '../../harness/serve.mjs'
import { face, serveLoop, submit } from './face.mjs'

const { systemDatabasePoolSize } = options
// Only for the count at the end.
const pool = new pg.Pool({ connectionString: options.databaseUrl, max: 1 })

const loop = DBOS.registerWorkflow(
  async (input) => {
    const id = DBOS.workflowID
    await DBOS.runStep(() => submit(face.callbackUrl(id), input), { name: 'submit' })
    const { result } = await DBOS.recv('callback', 60)
    return result
  },
  { name: 'loop' },
)

await serveLoop({
  async begin() {
    DBOS.setConfig({
      name: 'loop',
      systemDatabaseUrl: options.databaseUrl,
      systemDatabasePoolSize,
      applicationVersion: '1',
      logLevel: 'error',
    })
    await DBOS.launch()
  },
  async loop(input) {
    const handle = await DBOS.startWorkflow(loop, { workflowID: randomUUID() })(input)
    return handle.getResult()
  },
  callback: (id, body) => DBOS.send(id, body, 'callback'),
  commands: {
    async count() {
      const { rows } = await pool.query(
        `select count(*)::int as done from dbos.workflow_status where status = 'SUCCESS'`,
      )
      return rows[0].done
    },
  },
  async stop() {
    await DBOS.shutdown()
    await pool.end()
  },
})
