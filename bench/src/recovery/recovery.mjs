/**
 * The poll plans in simulated time: what they cost against the cheapest sequence of checks there could be, and how late
 * they find what a lost callback did not tell; that needs no database, and comes to the same numbers each time. Then two of
 * them in real time, through the whole server.
 */
import { readArguments } from '../harness/arguments.mjs'
import { openResults } from '../harness/results.mjs'
import { tableOf } from '../harness/table.mjs'
import { againstLadder, pooled } from './against-ladder.mjs'
import { live } from './live.mjs'
import { costs, counts, quantile, ratiosOf } from './ratios.mjs'

const known = { seeds: 200, 'ladder-seeds': 20 }
const STUCK = [0, 0.01]
const bars = { observations: 100, median: 1.2, p95: 1.6, delay: 10 }

export async function run(args) {
  const { seeds, 'ladder-seeds': ladderSeeds } = readArguments('recovery', args, known)
  const results = await openResults({ name: 'recovery', settings: { seeds, ladderSeeds, costs, counts, bars } })
  const { cells, overall } = ratios(seeds)
  await results.note('ratios', cells)
  await results.note('overall', overall)
  const ladder = STUCK.map((stuckShare) => delays(ladderSeeds, stuckShare))
  await results.note('againstLadder', ladder)
  await results.note('sooner', sooner(ladder))
  for (const line of verdicts(overall, ladder)) say(line)
  const lived = await live()
  await results.note('live', lived)
  say(liveTable(lived))
  say(`\nwritten to ${results.path}`)
}

/** Proves that it works, in seconds; the bars are held by the long form. */
export async function short() {
  const { overall } = ratios(2)
  if (!overall.every(({ median }) => Number.isFinite(median) && median >= 0.9)) {
    throw new Error('recovery: a plan that costs less than the cheapest there is: the simulation is wrong')
  }
}

function ratios(seeds) {
  const rows = ratiosOf({ seeds })
  const learned = counts.map((count) => ({
    name: `learned, ${count}`,
    value: (row) => both(row.learned[count]),
  }))
  const columns = [
    { name: 'completion times', value: ({ distribution }) => distribution },
    { name: 'lost', value: ({ loss }) => `${loss * 100} %` },
    ...['ladder', 'fixed', 'exponential'].map((plan) => ({ name: plan, value: (row) => row[plan] })),
    ...learned,
  ]
  say('Cost against the offline optimum; learned after so many observations, median and 95th percentile of the seeds;')
  say('fixed and exponential: the best there is in hindsight.\n')
  say(`${tableOf(columns, rows)}\n`)
  const overall = counts.map((count) => ({ count, ...spreadOf(rows.flatMap((row) => row.learned[count])) }))
  for (const { count, median, p95 } of overall) {
    say(`all together, after ${count}: median ${median.toFixed(2)}, 95th percentile ${p95.toFixed(2)}`)
  }
  const cells = rows.map(({ learned: all, ...row }) => ({
    ...row,
    learned: Object.fromEntries(counts.map((count) => [count, spreadOf(all[count])])),
  }))
  return { cells, overall }
}

function delays(seeds, stuckShare) {
  const rows = againstLadder({ seeds, stuckShare })
  const delay = (plan) => ({ name: `${plan} s`, value: (row) => row[plan].delaySeconds, digits: 0 })
  const checks = (plan) => ({ name: 'checks', value: (row) => row[plan].checks, digits: 2 })
  const times = (plan) => ({ name: 'times', value: ({ ladder, [plan]: it }) => ladder.delaySeconds / it.delaySeconds })
  const columns = [
    { name: 'completion times', value: ({ distribution }) => distribution },
    { name: 'lost', value: ({ loss }) => `${loss * 100} %` },
    ...['ladder', 'rarer', 'optimum', 'usual'].flatMap((plan) => [
      checks(plan),
      delay(plan),
      ...(plan === 'ladder' ? [] : [times(plan)]),
    ]),
  ]
  say(
    `\nDelay until a lost callback is made up for, ${stuckShare * 100} % of the work never ending; checks are for each piece of`,
  )
  say(
    'work. "rarer" is the learned plan with checks so dear that it asks no more than the ladder, "optimum" the best that',
  )
  say('knows the truth and asks no more either, "usual" the learned plan at its default price.\n')
  say(tableOf(columns, rows))
  const all = Object.fromEntries(
    ['ladder', 'rarer', 'optimum', 'usual'].map((plan) => [plan, pooled(rows, (row) => row[plan])]),
  )
  for (const [plan, { checks: asked, delaySeconds }] of Object.entries(all)) {
    say(`all together, ${plan}: ${asked.toFixed(2)} checks, ${delaySeconds.toFixed(0)} s`)
  }
  return { stuckShare, rows, all }
}

function liveTable({ settings, ...plans }) {
  const { truth, times, loss, measured } = settings
  const columns = [
    { name: 'in real time', value: ([plan]) => plan },
    { name: 'checks', value: ([, { checks }]) => checks, digits: 2 },
    { name: 'lost', value: ([, { lost }]) => lost, digits: 0 },
    { name: 'delay s', value: ([, { delaySeconds }]) => delaySeconds, digits: 1 },
  ]
  const how = `${measured} pieces of work, ${truth}, ${times} times as fast, ${loss * 100} % of the callbacks lost`
  return `\n${how}\n\n${tableOf(columns, Object.entries(plans))}`
}

function verdicts(overall, ladder) {
  const { median, p95 } = overall.find(({ count }) => count === bars.observations)
  const { truths, met: reached, possible } = sooner(ladder)
  return [
    `\nafter ${bars.observations} observations, median ${median.toFixed(3)} (bar ${bars.median}): ${met(median <= bars.median)}`,
    `after ${bars.observations} observations, 95th percentile ${p95.toFixed(3)} (bar ${bars.p95}): ${met(p95 <= bars.p95)}`,
    `${bars.delay} times sooner than the ladder at no more checks: in ${reached} of ${truths} truths; possible in ${possible}`,
  ]
}

/** In how many truths the learned plan is so many times sooner at no more checks, and in how many any plan could be. */
function sooner(ladder) {
  const rows = ladder.flatMap((one) => one.rows)
  const count = (plan) => rows.filter((row) => row.ladder.delaySeconds >= bars.delay * row[plan].delaySeconds).length
  return { truths: rows.length, met: count('rarer'), possible: count('optimum') }
}

const met = (is) => (is ? 'met' : 'not met')
const spreadOf = (values) => ({ median: quantile(values, 0.5), p95: quantile(values, 0.95) })
const both = (values) => `${quantile(values, 0.5).toFixed(2)} / ${quantile(values, 0.95).toFixed(2)}`
const say = (line) => process.stdout.write(`${line}\n`)
