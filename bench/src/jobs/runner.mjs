/** One run of plain jobs: added one by one to completion, or drained by so many processes. On a database that is there. */

import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { clockOf } from '../growth/becket-fill.mjs'
import { startModule } from '../harness/child.mjs'
import { usageOf } from '../harness/usage.mjs'

// 10 min: past any run that is only slow.
const DONE_WITHIN_MS = 600_000

/** `mode`: `added` by `producers` at once, or `drained` after they were all there, by `processes`. */
export async function runJobs({ contender, url, postgresPid, mode, count, producers, processes = 1 }) {
  const modules = []
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    for (let index = 0; index < processes; index++) {
      modules.push(await startModule(contender.file, { options: { url, ...contender.options } }))
    }
    const [first] = modules
    const clock = await clockOf(Date.now())
    if (mode === 'drained') await prefill(client, contender, first, { count, clock })
    const pids = [...modules.map(({ pid }) => pid), postgresPid]
    const before = await Promise.all(pids.map(usageOf))
    const doneBefore = await doneOf(client, contender, clock)
    const start = () => Promise.all(modules.map((module) => module.ask('start')))
    // Who drains is measured from its start: that is when it begins to look for work.
    if (mode === 'added') await start()
    const beganAt = performance.now()
    if (mode === 'added') await first.ask('add', { count, producers })
    else await start()
    const addedMs = performance.now() - beganAt
    await untilDone({ client, contender, modules, count })
    const tookMs = performance.now() - beganAt
    const after = await Promise.all(pids.map(usageOf))
    const handled = await total(modules)
    const done = (await doneOf(client, contender, clock)) - doneBefore
    // Two who did the same one would be the faster for it.
    if (handled !== count) throw new Error(`${count} jobs were made, and ${handled} were worked on`)
    if (contender.done !== null && done !== count) throw new Error(`${count} jobs were made, and ${done} are done`)
    const spent = (index) => ((after[index].cpuSeconds - before[index].cpuSeconds) * 1_000) / count
    const processesSpent = modules.reduce((sum, _, index) => sum + spent(index), 0)
    return {
      perSecond: (count * 1_000) / tookMs,
      tookMs,
      ...(mode === 'added' ? { addedMs } : {}),
      cpuMsEach: { server: processesSpent, postgres: spent(modules.length) },
      memoryBytes: {
        server: after.slice(0, -1).reduce((sum, { residentBytes }) => sum + residentBytes, 0),
        postgres: after.at(-1).residentBytes,
      },
    }
  } finally {
    await client.end()
    for (const module of modules) await module.stop()
  }
}

async function prefill(client, { prefill: statements }, module, { count, clock }) {
  if (statements === undefined) await module.ask('prefill', count)
  else for (const statement of statements(clock)) await client.query(statement, [count])
  await client.query('vacuum analyze')
  await client.query('checkpoint')
}

/** Asks the database only once the work itself is over: the question costs those who are measured as well. */
async function untilDone({ client, contender, modules, count }) {
  const until = performance.now() + DONE_WITHIN_MS
  while ((await total(modules)) < count) {
    if (performance.now() > until) throw new Error(`only ${await total(modules)} of ${count} jobs were worked on`)
    await delay(20)
  }
  while ((await client.query(contender.open)).rows.length > 0) {
    if (performance.now() > until) throw new Error('the jobs were worked on, and are not done')
    await delay(10)
  }
}

async function total(modules) {
  const handled = await Promise.all(modules.map((module) => module.ask('handled')))
  return handled.reduce((sum, one) => sum + one, 0)
}

async function doneOf(client, { done }, clock) {
  return done === null ? 0 : (await client.query(done, [clock])).rows[0].done
}
