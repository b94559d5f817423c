/**
 * What history costs: the callback loop, intake and plain jobs on databases with none, one and ten million finished pieces
 * of work; with the xmin horizon pinned; with several processes. Resident memory of each. What is filled is kept under the
 * scratch folder, so that a run that was broken off goes on with `--resume`.
 */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { readArguments } from '../harness/arguments.mjs'
import { becketSettings } from '../harness/becket.mjs'
import { alternate, startLoad } from '../harness/measure.mjs'
import { scratch } from '../harness/paths.mjs'
import { createPostgres, ownServer } from '../harness/postgres.mjs'
import { tableOf } from '../harness/table.mjs'
import { ensureFilled, keyOf } from './filled.mjs'
import { createParts, partsOf } from './parts.mjs'
import { pinHorizon } from './pin.mjs'
import { warmIndexes } from './warm.mjs'

// Beyond any contender: each callback of a run has its own expectation.
const MOST_PER_SECOND = 12_000

export async function run(args) {
  const options = readArguments('growth', args, {
    sizes: [0, 1_000_000, 10_000_000],
    waiting: 1_000_000,
    pinned: 60,
    processes: [2, 4],
    clients: 128,
    seconds: 10,
    // 6 s: some thousand loops, after which neither Node's compiler nor a cache is cold.
    warmup: 6,
    // Jobs have no warm-up: as many that it does not count.
    jobs: 80_000,
    producers: 128,
    rounds: 3,
    parts: ['loop', 'intake', 'jobs'],
    only: Object.keys(partsOf),
    resume: false,
  })
  await measureGrowth({ ...options, name: 'growth', most: MOST_PER_SECOND })
}

/** Tiny, and thrown away. */
export async function short() {
  const only = ['becket']
  const sizes = { sizes: [2_000], waiting: 1_000, pinned: 1, processes: [], clients: 16, seconds: 1, warmup: 0.5 }
  const parts = ['intake', 'jobs']
  await measureGrowth({
    ...sizes,
    jobs: 200,
    producers: 16,
    rounds: 1,
    parts,
    only,
    name: 'growth-short',
    most: 2_000,
    keep: false,
  })
}

async function measureGrowth({
  name,
  most,
  sizes,
  pinned,
  processes,
  rounds,
  parts,
  only,
  resume,
  keep = true,
  ...amounts
}) {
  const directory = join(scratch, keep ? 'growth' : `postgres-${process.pid}-growth`)
  const due = Math.ceil((amounts.seconds + amounts.warmup) * most)
  const needed = only.flatMap((contender) => [...new Set([0, ...sizes])].map((finished) => ({ contender, finished })))
  const filled = await ensureFilled({ directory, wanted: needed, waiting: amounts.waiting, due })
  const postgres = createPostgres({ settings: ownServer(), directory })
  await postgres.start()
  const load = await startLoad()
  try {
    const measure = createParts({ stage: { postgres, load }, sizes: { ...amounts, due } })
    const runOf = (contender, finished, more = {}) => ({
      name: nameOf(contender, finished, more),
      run: () => withDatabase(contender, finished, (database) => measureAll({ contender, database, ...more })),
    })

    /**
     * A copy that is thrown away; but what Becket has of millions is used as it is. A run adds not a hundredth to it, and
     * tells its own from what was there; a copy would be another 30 GB.
     */
    async function withDatabase(contender, finished, work) {
      const name = filled.get(keyOf(contender, finished))
      if (contender === 'becket' && finished > 0) {
        await warmIndexes(postgres, name)
        return work(name)
      }
      await postgres.createDatabase('grown', { template: name })
      try {
        await warmIndexes(postgres, 'grown')
        return await work('grown')
      } finally {
        await postgres.dropDatabase('grown')
      }
    }

    async function measureAll({ contender, database, pinSeconds, count }) {
      const pin = pinSeconds === undefined ? undefined : await pinHorizon(postgres.url(database))
      const found = {}
      try {
        // Callbacks are taken in by one.
        const wanted = count === undefined ? parts : parts.filter((part) => part !== 'intake')
        for (const part of partsOf[contender].filter((one) => wanted.includes(one))) {
          const seconds = pinSeconds === undefined ? {} : { seconds: pinSeconds }
          found[part] = await measure[part]({ contender, database, processes: count, ...seconds })
        }
        const [first] = parts
        return { perSecond: found[first]?.perSecond, ...found }
      } finally {
        await pin?.release()
      }
    }

    const variants = only.flatMap((contender) => sizes.map((finished) => runOf(contender, finished)))
    if (only.includes('becket')) {
      variants.push(runOf('becket', 0, { pinSeconds: pinned }))
      for (const count of processes) variants.push(runOf('becket', 0, { count }))
    }
    const { medians } = await alternate({
      name,
      title: 'growth',
      settings: { ...amounts, pinnedSeconds: pinned, becket: becketSettings, postgres: postgres.settings },
      postgres: await postgres.version(),
      variants,
      rounds,
      resume,
      columns: [{ name: `${parts[0]} per second`, value: ({ perSecond }) => perSecond, digits: 0 }],
      keepGoing: true,
    })
    process.stdout.write(`${tableOfGrowth(medians, parts)}\n\n`)
  } finally {
    await load.stop()
    await postgres.stop({ keep })
    if (!keep) await rm(directory, { recursive: true, force: true })
  }
}

/** As the report knows them too. */
export function nameOf(contender, finished, { pinSeconds, count } = {}) {
  const size = finished === 0 ? 'empty' : finished >= 1e6 ? `${finished / 1e6} M` : String(finished)
  const more = pinSeconds !== undefined ? ', pinned' : count !== undefined ? `, ${count} processes` : ''
  return `${contender}, ${size}${more}`
}

/** Each number beside the share of what the same contender does on an empty database. */
function tableOfGrowth(medians, parts) {
  const base = (name) => medians[nameOf(name.split(',')[0], 0)]
  const columns = parts.flatMap((part) => [
    { name: `${part}/s`, digits: 0, value: ([, found]) => found[part]?.perSecond },
    {
      name: 'of empty',
      digits: 2,
      value: ([name, found]) => share(found[part]?.perSecond, base(name)?.[part]?.perSecond),
    },
  ])
  const memory = (found) =>
    parts.map((part) => found[part]?.memoryBytes?.server ?? 0).reduce((a, b) => Math.max(a, b), 0)
  return tableOf(
    [
      { name: 'growth', value: ([name]) => name },
      ...columns,
      { name: 'server MB', digits: 0, value: ([, found]) => memory(found) / 1_048_576 },
    ],
    Object.entries(medians),
  )
}

function share(one, other) {
  return one === undefined || other === undefined ? undefined : one / other
}
