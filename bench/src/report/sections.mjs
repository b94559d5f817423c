/** One table for each suite, from its results: the median of its rounds, the ratio in the last column. Pure. */
import { markdownTable } from './markdown.mjs'

const MB = 1_048_576
const rate = { name: 'per second', digits: 0, value: ({ perSecond }) => perSecond }
const times = [
  { name: 'p50 ms', value: ({ p50 }) => p50 },
  { name: 'p99 ms', value: ({ p99 }) => p99 },
]
const processor = {
  name: 'CPU ms each',
  value: ({ cpuMsEach = {} }) => {
    // What offers the load is no cost of the one that takes it.
    const own = Object.entries(cpuMsEach).filter(([name]) => name !== 'load' && name !== 'provider')
    return own.length === 0 ? undefined : own.reduce((sum, [, ms]) => sum + ms, 0)
  },
}

/** In the order of the page. `name`: of the results; `against`: whom the ratio is held against. */
const suites = [
  ...[32, 128, 512].map((clients) => ({
    name: `loop-${clients}`,
    title: `Callback loop, ${clients} clients`,
    text: 'Written down, submitted over HTTP, called back over HTTP 5 ms later, result answered.',
    columns: [rate, ...times, processor],
    against: 'becket',
    inverse: true,
  })),
  {
    name: 'intake',
    title: 'Intake alone, as fast as it goes',
    text: 'Callbacks of about 1 KB, no two the same; each is durable before it is answered, except on the bare route.',
    columns: [rate, ...times, processor],
    against: 'handler',
  },
  {
    name: 'intake-half',
    title: 'Intake at half of the handler’s most',
    text: ({ rate }) => `At ${rate.toLocaleString('en')} callbacks a second, counted from when each was due.`,
    columns: [...times, processor],
    headline: 'p99',
    against: 'handler',
    inverse: true,
  },
  {
    name: 'intake-most',
    title: 'Intake at three quarters of Becket’s most',
    text: ({ rate }) => `At ${rate.toLocaleString('en')} callbacks a second, counted from when each was due.`,
    columns: [...times, processor],
    headline: 'p99',
    against: 'bare',
    inverse: true,
  },
  {
    name: 'jobs-added',
    title: 'Plain jobs, added one by one',
    text: 'By many producers at once, in the process that works on them, until the last is done.',
    columns: [rate, processor],
    against: 'graphile-worker',
  },
  ...[1, 2, 4].map((count) => ({
    name: count === 1 ? 'jobs-drained' : `jobs-drained-${count}`,
    title: `Plain jobs, drained by ${count === 1 ? 'one process' : `${count} processes`}`,
    columns: [rate, processor],
    against: 'graphile-worker',
  })),
]

/** Whether results of this name have a table on the page. */
export function isShown(name) {
  return ['growth', 'outage', 'recovery'].includes(name) || suites.some((suite) => suite.name === name)
}

/** The page’s tables, those that have results. */
export function sectionsOf(all) {
  const parts = suites.filter(({ name }) => all[name] !== undefined).map((suite) => sectionOf(suite, all[suite.name]))
  if (all.growth !== undefined) parts.push(growthSection(all.growth))
  if (all.outage !== undefined) parts.push(outageSection(all.outage))
  if (all.recovery?.overall !== undefined) parts.push(recoverySection(all.recovery))
  return parts.join('\n\n')
}

function sectionOf({ title, text, columns, headline = 'perSecond', against, inverse = false }, result) {
  const { medians } = result
  const base = medians[against]?.[headline]
  const ratio = (row) => (base === undefined ? undefined : inverse ? base / row[headline] : row[headline] / base)
  const table = markdownTable(
    [
      { name: '', value: ({ name }) => name },
      ...columns,
      { name: inverse ? `${against} ÷ it` : `it ÷ ${against}`, digits: 2, value: ratio },
    ],
    Object.entries(medians).map(([name, numbers]) => ({ name, ...numbers })),
  )
  const told = typeof text === 'function' ? text(result.settings) : text
  return paragraphs(`## ${title}`, told, table, caption(result))
}

function growthSection(result) {
  const { medians } = result
  const parts = ['loop', 'intake', 'jobs'].filter((part) =>
    Object.values(medians).some((row) => row[part] !== undefined),
  )
  const emptyOf = (name) => medians[`${name.split(',')[0]}, empty`]
  const columns = parts.flatMap((part) => [
    { name: `${part}/s`, digits: 0, value: (row) => row[part]?.perSecond },
    {
      name: 'of empty',
      digits: 2,
      value: (row) => {
        const base = emptyOf(row.name)?.[part]?.perSecond
        return row[part] === undefined || base === undefined ? undefined : row[part].perSecond / base
      },
    },
  ])
  const memory = (row) => Math.max(...parts.map((part) => row[part]?.memoryBytes?.server ?? 0)) / MB
  const table = markdownTable(
    [{ name: '', value: ({ name }) => name }, ...columns, { name: 'server MB', digits: 0, value: memory }],
    Object.entries(medians).map(([name, numbers]) => ({ name, ...numbers })),
  )
  const { waiting, pinnedSeconds } = result.settings
  const text =
    `Finished pieces of work, with what is kept of each by default, and beside them ${waiting.toLocaleString('en')} that wait. ` +
    `Pinned: somebody’s idle transaction holds the xmin horizon meanwhile, through a loop of ${pinnedSeconds} s.`
  return paragraphs('## What history costs', text, table, caption(result))
}

function outageSection(result) {
  const { rate: offered, seconds } = result.settings
  const table = markdownTable(
    [
      { name: 'database', value: ({ name }) => name },
      ...['offered', 'refused', 'lost', 'doubled'].map((name) => ({ name, digits: 0, value: (row) => row[name] })),
      ...times,
      { name: 'p99 before', value: ({ p99By }) => p99By?.before },
      { name: 'p99 away', value: ({ p99By }) => p99By?.away },
      { name: 'p99 after', value: ({ p99By }) => p99By?.after },
      { name: 'max ms', value: ({ max }) => max },
      { name: 'waited on disk', digits: 0, value: ({ deepest }) => deepest },
      { name: 'drained s', value: ({ drainedAfterSeconds }) => drainedAfterSeconds },
    ],
    Object.entries(result.medians).map(([name, numbers]) => ({ name, ...numbers })),
  )
  const text = `${offered} callbacks a second, and the database away for ${seconds} s: stopped as by a crash, or frozen so that it takes connections and answers nothing.`
  return paragraphs('## The database away', text, table, caption(result))
}

function recoverySection(result) {
  const table = markdownTable(
    [
      { name: 'observations', digits: 0, value: ({ count }) => count },
      { name: 'median', digits: 2, value: ({ median }) => median },
      { name: '95th percentile', digits: 2, value: ({ p95 }) => p95 },
    ],
    result.overall,
  )
  const text =
    'In simulated time: the cost of asking and of waiting under the learned plan, over that of the best plan there could be.'
  return paragraphs('## When callbacks are lost', text, table, liveText(result.live), caption(result))
}

function liveText(live) {
  if (live === undefined) return undefined
  const { settings, ...plans } = live
  const { truth, times, loss, taught, measured } = settings
  const table = markdownTable(
    [
      { name: 'plan', value: ([plan]) => plan },
      { name: 'checks for each', digits: 2, value: ([, { checks }]) => checks },
      { name: 'callbacks lost', digits: 0, value: ([, { lost }]) => lost },
      { name: 'known after, s', digits: 1, value: ([, { delaySeconds }]) => delaySeconds },
    ],
    Object.entries(plans),
  )
  const text = `In real time, through the whole server: ${measured} pieces of work after ${taught} to learn from, ${truth}, with ${loss * 100} % of the callbacks lost, everything ${times} times as fast as by default. How long after its true end a piece was known whose callback was lost.`
  return paragraphs(text, table)
}

function caption({ date, versions, runs }) {
  const rounds = Math.max(0, ...Object.values(runs).map((list) => list.length))
  return `*${date.slice(0, 10)}, Becket ${versions.becket}${rounds > 1 ? `, median of ${rounds} rounds` : ''}.*`
}

function paragraphs(...parts) {
  return parts.filter((part) => part !== undefined).join('\n\n')
}
