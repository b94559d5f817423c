/** graphile-worker as its own page on performance configures it, and its own performance test. */
import { Logger, makeWorkerUtils, run } from 'graphile-worker'
import { options, serve } from '../harness/serve.mjs'
import { addOneByOne } from './one-by-one.mjs'

const { url } = options
const silent = new Logger(() => () => {})
const utils = await makeWorkerUtils({ connectionString: url, maxPoolSize: 20, logger: silent })
await utils.migrate()

let handled = 0
let runner

serve({
  commands: {
    async start() {
      runner = await run({
        taskList: {
          bench: async () => {
            handled++
          },
        },
        noHandleSignals: true,
        preset: {
          worker: {
            connectionString: url,
            logger: silent,
            concurrentJobs: 24,
            maxPoolSize: 25,
            localQueue: { size: 500 },
            completeJobBatchDelay: 0,
            failJobBatchDelay: 0,
          },
        },
      })
    },
    add: ({ count, producers }) => addOneByOne(count, producers, (number) => utils.addJob('bench', { number })),
    async prefill(count) {
      const jobs = Array.from({ length: count }, (_, number) => ({ identifier: 'bench', payload: { number } }))
      for (let at = 0; at < count; at += 10_000) await utils.addJobs(jobs.slice(at, at + 10_000))
    },
    handled: () => handled,
  },
  stop: async () => {
    await runner?.stop()
    await utils.release()
  },
})
