/** What is measured on a database with a history: the callback loop, intake, plain jobs. Each by its own suite's code. */
import { startBecket } from '../harness/becket.mjs'
import { startProvider } from '../harness/measure.mjs'
import { contenders as intakes } from '../intake/contenders.mjs'
import { runOnce } from '../intake/runner.mjs'
import { serverKey } from '../intake/server-key.mjs'
import { contenders as workers } from '../jobs/contenders.mjs'
import { runJobs } from '../jobs/runner.mjs'
import { measureLoop } from '../loop/loop.mjs'
import { addWaiting, removeWaiting } from './becket-fill.mjs'

/** Which parts each contender has. */
export const partsOf = {
  becket: ['loop', 'intake', 'jobs'],
  handler: ['loop', 'intake'],
  'graphile-worker': ['loop', 'jobs'],
  'pg-boss': ['loop', 'jobs'],
}

/** `stage`: database server, load generator. `sizes`: `clients`, `seconds`, `warmup`, `due`, `jobs`, `producers`. */
export function createParts({ stage, sizes }) {
  const { postgres } = stage
  const { clients, warmup, due } = sizes

  return {
    /** `processes`: of Becket; the first has all roles, the others only work. */
    async loop({ contender, database, seconds = sizes.seconds, processes = 1 }) {
      const provider = await startProvider()
      const others = []
      const settings = contender === 'becket' ? { serverKeys: [serverKey] } : {}
      try {
        for (let index = 1; index < processes; index++) others.push(await startWorker(database, provider, settings))
        const place = { ...stage, provider, postgres: within(database) }
        const measured = await measureLoop(place, contender, { clients, seconds, warmup, settings })
        return short(measured)
      } finally {
        for (const other of others) await other.stop()
        await provider.stop()
      }
    },

    async intake({ contender, database, seconds = sizes.seconds }) {
      const url = postgres.url(database)
      const facts = { known: due }
      if (contender === 'becket') facts.clock = await addWaiting(url, due)
      await postgres.settle()
      const load = { clients, seconds: Math.min(seconds, sizes.seconds), warmupSeconds: warmup }
      const measured = await runOnce({ postgres, contender: intakes[contender], url, database, facts, load })
      if (facts.clock !== undefined) await removeWaiting(url, facts.clock)
      return short(measured)
    },

    async jobs({ contender, database, processes = 1 }) {
      const common = { contender: workers[contender], url: postgres.url(database), postgresPid: postgres.pid() }
      const { jobs: count, producers } = sizes
      await postgres.settle()
      return short(await runJobs({ ...common, mode: 'added', count, producers, processes }))
    },
  }

  function startWorker(database, provider, settings) {
    return startBecket({
      databaseUrl: postgres.url(database),
      origin: provider.ready.origin,
      settings: { ...settings, roles: ['worker'] },
    })
  }

  /** The callback loop makes its own database: it gets this one. */
  function within(database) {
    return {
      ...postgres,
      createDatabase: async () => postgres.url(database),
      dropDatabase: async () => {},
      query: (sql, values, name) => postgres.query(sql, values, name === undefined ? undefined : database),
    }
  }
}

function short({ perSecond, p50, p99, cpuMsEach, memoryBytes }) {
  return { perSecond, ...(p50 === undefined ? {} : { p50, p99 }), cpuMsEach, memoryBytes }
}
