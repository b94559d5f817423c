/**
 * graphile-worker with a table of work beside it: row and job in one statement, a task that submits, a callback in one
 * statement. Tuned by its chapter on performance: a local queue, completions in batches, more jobs at once than clients
 * would fill by themselves.
 */
import { randomUUID } from 'node:crypto'
import { Logger, run } from 'graphile-worker'
import { options } from '../../harness/serve.mjs'
import { face, serveLoop, submit } from './face.mjs'
import { countDone, makeTables, markSubmitted, pool, takeCallback } from './work-table.mjs'

const { concurrentJobs, localQueueSize, completeJobBatchDelay, refetchDelayMs, workerPoolSize } = options

const silent = new Logger(() => () => {})
let runner

await makeTables()
await serveLoop({
  async begin() {
    runner = await run({
      preset: {
        worker: {
          connectionString: options.databaseUrl,
          maxPoolSize: workerPoolSize,
          concurrentJobs,
          pollInterval: 2_000,
          localQueue: {
            size: localQueueSize,
            ...(refetchDelayMs > 0 ? { refetchDelay: { durationMs: refetchDelayMs, threshold: 16 } } : {}),
          },
          completeJobBatchDelay,
          logger: silent,
        },
      },
      taskList: {
        async submit({ id, input }) {
          await markSubmitted(id, await submit(face.callbackUrl(id), input))
        },
      },
    })
  },
  async loop(input) {
    const id = randomUUID()
    const result = face.resultOf(id)
    await pool.query({
      name: 'create-work',
      text: `with made as (insert into work (id, input) values ($1, $2) returning id, input)
        select graphile_worker.add_job('submit', json_build_object('id', id, 'input', input)) from made`,
      values: [id, input],
    })
    return result
  },
  callback: takeCallback,
  commands: { count: countDone },
  async stop() {
    await runner.stop()
    await pool.end()
  },
})
