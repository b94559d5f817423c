/**
 * The database away under load: callbacks at a fixed rate, PostgreSQL taken away for a while and given back. Every one
 * that was answered 200 must be there once; how long the answers took; how long until nothing waits on disk any more.
 */

import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { request } from 'undici'
import { readArguments } from '../harness/arguments.mjs'
import { becketSettings, startBecket } from '../harness/becket.mjs'
import { startModule } from '../harness/child.mjs'
import { alternate, say } from '../harness/measure.mjs'
import { createPostgres } from '../harness/postgres.mjs'
import { prepareBecket } from '../intake/contenders.mjs'
import { serverKey } from '../intake/server-key.mjs'
import { countLeft, judge } from './judge.mjs'
import { ways } from './take-away.mjs'

const here = (name) => fileURLToPath(new URL(name, import.meta.url))
// Before it goes, so that all is warm; and after it is back, so that what comes new meets what is drained.
const BEFORE_S = 5
const AFTER_S = 10
// 3 min: three times what it may take; a suite that never ends tells nothing.
const DRAINED_WITHIN_MS = 180_000
const HEALTH_MS = 2_000

export async function run(args) {
  await measureOutage({
    ...readArguments('outage', args, { rate: 500, seconds: 60, rounds: 3, only: Object.keys(ways), resume: false }),
    name: 'outage',
    before: BEFORE_S,
    after: AFTER_S,
  })
}

export async function short() {
  const amounts = { rate: 50, seconds: 2, before: 1, after: 1, rounds: 1 }
  const { stopped } = await measureOutage({ ...amounts, only: ['stopped'], resume: false, name: 'outage-short' })
  const { lost, doubled, unsettled } = stopped
  // Whatever the machine: this has nothing to do with how fast it is.
  if (lost + doubled + unsettled > 0) {
    throw new Error(`of what was answered 200, ${lost} lost, ${doubled} doubled, ${unsettled} not settled`)
  }
}

async function measureOutage({ name, rate, seconds, before, after, rounds, only, resume }) {
  const postgres = createPostgres()
  await postgres.start()
  try {
    const { medians } = await alternate({
      name,
      title: `database away for ${seconds} s at ${rate} callbacks/s`,
      settings: { rate, seconds, before, after, becket: becketSettings, postgres: postgres.settings },
      postgres: await postgres.version(),
      variants: only.map((way) => ({ name: way, run: () => runOnce({ postgres, way, rate, seconds, before, after }) })),
      rounds,
      resume,
      headline: 'p99',
      columns,
    })
    return medians
  } finally {
    await postgres.stop({ keep: false })
  }
}

async function runOnce({ postgres, way, rate, seconds, before, after }) {
  const known = Math.ceil(rate * (before + seconds + after))
  await postgres.createDatabase('outage')
  const facts = await prepareBecket(postgres, 'outage', known)
  await postgres.settle()
  const becket = await startBecket({
    databaseUrl: postgres.url('outage'),
    // Nobody is asked: the callbacks come by themselves.
    origin: 'http://127.0.0.1:9',
    settings: { serverKeys: [serverKey] },
  })
  const sender = await startModule(here('sender.mjs'))
  const { takeAway, giveBack } = ways[way]
  let isAway = false
  try {
    const sending = sender.ask('run', {
      origin: becket.origin,
      requests: fileURLToPath(new URL('../intake/callbacks.mjs', import.meta.url)),
      options: { to: 'token', ...facts },
      rate,
      phases: { before, away: seconds, after },
    })
    sending.catch(() => {})
    await delay(before * 1_000)
    isAway = true
    await takeAway(postgres)
    say(`  ${way} for ${seconds} s`)
    await delay(seconds * 1_000)
    await giveBack(postgres)
    isAway = false
    const draining = drain(becket, performance.now())
    // Told by whoever fails first.
    draining.catch(() => {})
    const { accepted, samples, ...numbers } = await sending
    const { deepest, drainedAfterSeconds } = await draining
    say(`  ${deepest} callbacks waited on disk, for ${drainedAfterSeconds.toFixed(1)} s after it was back`)
    await untilMatched(postgres)
    const verdict = await judge((sql, values) => postgres.query(sql, values, 'outage'), accepted)
    if (samples.length > 0) say(`  refused: ${samples.join(' | ')}`)
    return { ...numbers, accepted: accepted.length, deepest, drainedAfterSeconds, ...verdict }
  } finally {
    if (isAway) await giveBack(postgres)
    await sender.stop()
    await becket.stop()
    await postgres.dropDatabase('outage')
  }
}

/** Until nothing waits on disk any more, for the first time since the database was back. */
async function drain(becket, backAt) {
  let deepest = 0
  while (performance.now() - backAt < DRAINED_WITHIN_MS) {
    const spool = await spoolOf(becket)
    deepest = Math.max(deepest, spool?.waiting ?? 0)
    if (spool?.waiting === 0 && spool.state === 'closed') {
      return { deepest, drainedAfterSeconds: (performance.now() - backAt) / 1_000 }
    }
    await delay(100)
  }
  throw new Error(`what waits on disk was not drained within ${DRAINED_WITHIN_MS / 1_000} s`)
}

/** Undefined while the health does not say: it asks the database too. */
async function spoolOf(becket) {
  try {
    const options = { headers: becket.headers, headersTimeout: HEALTH_MS, bodyTimeout: HEALTH_MS }
    const { statusCode, body } = await request(`${becket.origin}/v1/health`, options)
    const text = await body.text()
    return statusCode === 200 ? JSON.parse(text).spool : undefined
  } catch {
    return undefined
  }
}

/** Until what was stored is also matched: what is left open is told by `judge`. */
async function untilMatched(postgres) {
  const query = (sql, values) => postgres.query(sql, values, 'outage')
  const until = performance.now() + 60_000
  while ((await countLeft(query)) > 0 && performance.now() < until) await delay(100)
}

const columns = [
  { name: 'offered', value: ({ offered }) => offered, digits: 0 },
  { name: 'accepted', value: ({ accepted }) => accepted, digits: 0 },
  { name: 'refused', value: ({ refused }) => refused, digits: 0 },
  { name: 'lost', value: ({ lost }) => lost, digits: 0 },
  { name: 'doubled', value: ({ doubled }) => doubled, digits: 0 },
  { name: 'p50 ms', value: ({ p50 }) => p50 },
  { name: 'p99 ms', value: ({ p99 }) => p99 },
  { name: 'p99 away', value: ({ p99By }) => p99By.away },
  { name: 'p99 after', value: ({ p99By }) => p99By.after },
  { name: 'max ms', value: ({ max }) => max },
  { name: 'on disk', value: ({ deepest }) => deepest, digits: 0 },
  { name: 'drained s', value: ({ drainedAfterSeconds }) => drainedAfterSeconds },
]
