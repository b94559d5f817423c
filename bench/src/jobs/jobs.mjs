/**
 * Plain jobs: no third party, nothing to do; what is measured is the queue. Added one by one by many producers until the
 * last is done, and drained after they were all there. Becket beside graphile-worker and pg-boss.
 */
import { readArguments } from '../harness/arguments.mjs'
import { alternate } from '../harness/measure.mjs'
import { createPostgres } from '../harness/postgres.mjs'
import { contenders } from './contenders.mjs'
import { runJobs } from './runner.mjs'

export async function run(args) {
  await measureJobs(
    readArguments('jobs', args, {
      added: 20_000,
      drained: 50_000,
      producers: 128,
      processes: [1, 2, 4],
      slots: contenders.becket.options.slots,
      rounds: 3,
      only: [],
      resume: false,
    }),
  )
}

export async function short() {
  const sizes = { added: 300, drained: 500, producers: 32, processes: [1] }
  await measureJobs({ ...sizes, rounds: 1, only: [], resume: false, suffix: '-short' })
}

async function measureJobs({ added, drained, producers, processes, slots, rounds, only, resume, suffix = '' }) {
  const names = Object.keys(contenders).filter((name) => only.length === 0 || only.includes(name))
  const postgres = createPostgres()
  await postgres.start()
  try {
    const { becket } = contenders
    const all = {
      ...contenders,
      becket: { ...becket, options: { ...becket.options, ...(slots === undefined ? {} : { slots }) } },
    }
    const tuned = Object.fromEntries(names.map((name) => [name, all[name].options]))
    const common = { postgres: await postgres.version(), rounds, resume, against: 'graphile-worker', columns }
    const variant = (work) => (name) => ({ name, run: () => runFresh(postgres, all[name], work) })
    await alternate({
      ...common,
      name: `jobs-added${suffix}`,
      title: `jobs added by ${producers} producers`,
      settings: { jobs: added, producers, tuned, postgres: postgres.settings },
      variants: names.map(variant({ mode: 'added', count: added, producers })),
    })
    for (const count of processes) {
      await alternate({
        ...common,
        name: `jobs-drained${count === 1 ? '' : `-${count}`}${suffix}`,
        title: `jobs drained by ${count} process${count === 1 ? '' : 'es'}`,
        settings: { jobs: drained, processes: count, tuned, postgres: postgres.settings },
        variants: names.map(variant({ mode: 'drained', count: drained, processes: count })),
      })
    }
  } finally {
    await postgres.stop()
  }
}

async function runFresh(postgres, contender, work) {
  const url = await postgres.createDatabase('jobs')
  await contender.prepare(url)
  await postgres.settle()
  return runJobs({ contender, url, postgresPid: postgres.pid(), ...work })
}

const columns = [
  { name: 'per second', value: ({ perSecond }) => perSecond, digits: 0 },
  { name: 'CPU ms each', value: ({ cpuMsEach }) => cpuMsEach.server + cpuMsEach.postgres },
  { name: 'of which PostgreSQL', value: ({ cpuMsEach }) => cpuMsEach.postgres },
]
