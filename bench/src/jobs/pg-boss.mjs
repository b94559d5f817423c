/**
 * pg-boss at the fastest that its documentation offers: batches, woken by NOTIFY instead of its interval, and fetching on
 * without a pause while batches come back full.
 */
import { PgBoss } from 'pg-boss'
import { options, serve } from '../harness/serve.mjs'
import { addOneByOne } from './one-by-one.mjs'

const { url, batchSize, workers } = options
const boss = new PgBoss({ connectionString: url, max: 20, useListenNotify: true })
boss.on('error', (error) => process.stderr.write(`${error.stack}\n`))
await boss.start()
await boss.createQueue('bench', { notify: true })

let handled = 0

serve({
  commands: {
    start: () =>
      boss.work(
        'bench',
        { batchSize, localConcurrency: workers, burstWhenBatchFull: true, pollingIntervalSeconds: 0.5 },
        async (jobs) => {
          handled += jobs.length
        },
      ),
    add: ({ count, producers }) => addOneByOne(count, producers, (number) => boss.send('bench', { number })),
    async prefill(count) {
      const jobs = Array.from({ length: count }, (_, number) => ({ data: { number } }))
      for (let at = 0; at < count; at += 10_000) await boss.insert('bench', jobs.slice(at, at + 10_000))
    },
    handled: () => handled,
  },
  stop: () => boss.stop({ graceful: false, close: true }),
})
