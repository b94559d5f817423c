/**
 * The callback loop: work is written down, submitted over HTTP, called back over HTTP 5 ms later, and its result answered
 * to who asked. Closed loops of several sizes; each contender first proves that it loses nothing.
 */
import { readArguments } from '../harness/arguments.mjs'
import { becketSettings } from '../harness/becket.mjs'
import { alternate, loadColumns, measureLoad, say, startLoad, startProvider } from '../harness/measure.mjs'
import { createPostgres } from '../harness/postgres.mjs'
import { peerSettings } from './settings.mjs'
import { contenders, withoutPostgres } from './start.mjs'

const requests = new URL('requests.mjs', import.meta.url).pathname

export async function run(args) {
  const { clients, seconds, warmup, rounds, only, resume } = readArguments('loop', args, {
    clients: [32, 128, 512],
    seconds: 10,
    // 10 s: Node compiles what is hot for as long, in threads that take the processor from what is measured.
    warmup: 10,
    rounds: 3,
    only: [],
    resume: false,
  })
  const names = only.length > 0 ? only.map(known) : Object.keys(contenders)
  await withStage(async (stage) => {
    for (const count of clients) {
      await compare(stage, { name: `loop-${count}`, names, clients: count, seconds, warmup, rounds, resume })
    }
  })
}

/** For CI: that each works, not how fast it is. */
export async function short() {
  const names = ['ceiling', 'becket', 'graphile-worker', 'pg-boss', 'handler']
  await withStage((stage) =>
    compare(stage, { name: 'loop-short', names, clients: 16, seconds: 1, warmup: 0.5, rounds: 1, resume: false }),
  )
}

/** PostgreSQL, the stand-in provider and the load generator; `settings` are PostgreSQL's. */
export async function withStage(work, settings = {}) {
  const postgres = createPostgres({ settings })
  await postgres.start()
  const [provider, load] = await Promise.all([startProvider(), startLoad()])
  try {
    return await work({ postgres, provider, load })
  } finally {
    await Promise.all([provider.stop(), load.stop()])
    await postgres.stop()
  }
}

async function compare(stage, { name, names, clients, seconds, warmup, rounds, resume }) {
  const { postgres } = stage
  const settings = {
    clients,
    seconds,
    warmupSeconds: warmup,
    providerDelayMs: 5,
    postgres: { fsync: 'on', synchronous_commit: 'on', ...postgres.settings },
    becket: becketSettings,
    peers: peerSettings,
  }
  const variants = names.map((contender) => ({
    name: contender,
    run: () => measureLoop(stage, contender, { clients, seconds, warmup }),
  }))
  const { failed } = await alternate({
    name,
    title: `callback loop, ${clients} clients`,
    settings,
    postgres: await postgres.version(),
    variants,
    rounds,
    resume,
    against: names.includes('becket') ? 'becket' : undefined,
    inverse: true,
    columns: [...loadColumns, ...processorColumns],
    keepGoing: true,
  })
  const broken = Object.keys(failed)
  if (broken.length > 0) throw new Error(`${name}: ${broken.join(', ')} failed; why stands above`)
}

/**
 * One run in a fresh database, refused if anything that was answered is not in the durable record. `at`: functions to run
 * before the load (`started`), at both ends of the window (`measuring`, `measured`), and when the server has `stopped`.
 */
export async function measureLoop(stage, contender, { clients, seconds, warmup, at = {}, ...start }) {
  const { postgres, provider, load } = stage
  await provider.ask('reset')
  const running = await contenders[contender]({ postgres, provider, ...start })
  try {
    await postgres.settle()
    await at.started?.()
    const watched = { ...running.watched, provider: provider.pid }
    if (!withoutPostgres.includes(contender)) watched.postgres = postgres.pid()
    const numbers = await measureLoad({
      load,
      run: { origin: running.origin, requests, options: running.requests, clients, seconds, warmupSeconds: warmup },
      watched,
      at,
    })
    await proveNothingLost(contender, running, provider, numbers.total)
    return numbers
  } finally {
    await running.stop({ stopped: at.stopped })
  }
}

/** Each loop that was answered is in the record, and each callback was sent once and accepted. */
async function proveNothingLost(contender, running, provider, total) {
  const { sent, accepted, refused, samples } = await provider.ask('counts')
  if (refused > 0) throw new Error(`${contender} refused ${refused} callbacks: ${samples.join(' | ')}`)
  const recorded = await running.count()
  if (recorded !== total || sent !== total) {
    throw new Error(
      `${contender} answered ${total} loops, recorded ${recorded}; ${sent} called back, ${accepted} accepted`,
    )
  }
  say(`  ${contender}: ${total} loops, each recorded once`)
}

function known(name) {
  if (contenders[name] !== undefined) return name
  throw new Error(`loop: no contender ${name}; there are ${Object.keys(contenders).join(', ')}`)
}

const cpuOf = (name) => ({ name: `${name} ms`, value: ({ cpuMsEach }) => cpuMsEach?.[name] })
// Processor time for each loop: what is left when the machine is shared differently.
const processorColumns = [
  cpuOf('server'),
  cpuOf('postgres'),
  { name: 'server MiB', value: ({ memoryBytes }) => (memoryBytes?.server ?? Number.NaN) / 2 ** 20, digits: 0 },
]
