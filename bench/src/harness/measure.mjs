/**
 * Measures contenders side by side: one run of each, then again, so that what the machine does meanwhile meets all of
 * them; medians; the ratio in the last column. Also one run of the load generator with the processors' time of everyone.
 */
import { fileURLToPath } from 'node:url'
import { startModule } from './child.mjs'
import { openResults } from './results.mjs'
import { show, tableOf } from './table.mjs'
import { usageOf } from './usage.mjs'

const loadFile = fileURLToPath(new URL('load.mjs', import.meta.url))
const providerFile = fileURLToPath(new URL('provider.mjs', import.meta.url))

export const startLoad = () => startModule(loadFile)
/** `ready` has `origin` and `workUrl`; commands `counts` and `reset`. */
export const startProvider = (options = {}) => startModule(providerFile, { options })

/**
 * One run of the load generator. `watched`: process ids by name; `cpu` answers their seconds per right answer within the
 * window, `memory` what was resident at its end. `at`: functions to run at both ends, `measuring` and `measured`. Rejects
 * where an answer was wrong: a number with errors in it is none.
 */
export async function measureLoad({ load, run, watched = {}, at = {}, tolerateWrong = false }) {
  const everyone = Object.entries({ ...watched, load: load.pid })
  const sample = async (mark) => {
    const [usage] = await Promise.all([
      Promise.all(everyone.map(async ([name, pid]) => [name, await usageOf(pid)])),
      at[mark]?.(),
    ])
    return usage
  }
  const samples = {}
  for (const mark of ['measuring', 'measured']) {
    load.on(mark, () => {
      samples[mark] = sample(mark)
      // Awaited below, after the load: a failure meanwhile is not left alone.
      samples[mark].catch(() => {})
    })
  }
  const answer = await load.ask('run', run)
  if (!tolerateWrong && answer.wrong > 0) {
    throw new Error(`${answer.wrong} of ${answer.total} answers were wrong: ${answer.samples.join(' | ')}`)
  }
  const before = Object.fromEntries(await samples.measuring)
  const after = Object.fromEntries(await samples.measured)
  const cpu = {}
  const memory = {}
  for (const [name] of everyone) {
    if (before[name] === undefined || after[name] === undefined) continue
    cpu[name] = ((after[name].cpuSeconds - before[name].cpuSeconds) * 1_000) / Math.max(answer.count, 1)
    memory[name] = after[name].residentBytes
  }
  const { samples: said, ...numbers } = answer
  return { ...numbers, ...(said.length > 0 ? { said } : {}), cpuMsEach: cpu, memoryBytes: memory }
}

/**
 * Runs `variants` (`{ name, run: async ({ round }) → numbers }`) in turn, `rounds` times, the order reversed in every
 * second round. With `resume`, runs that have a result already are skipped. Prints a table with `columns`, and last the
 * ratio of `headline`: how many times the number of `against` the variant's is, or with `inverse` the other way round.
 */
export async function alternate({
  name,
  title = name,
  settings,
  postgres,
  variants,
  rounds = 3,
  resume = false,
  headline = 'perSecond',
  against,
  inverse = false,
  columns = loadColumns,
  keepGoing = false,
}) {
  const results = await openResults({ name, settings, postgres, resume })
  const failed = {}
  for (let round = 1; round <= rounds; round++) {
    for (const variant of round % 2 === 1 ? variants : [...variants].reverse()) {
      if (results.runs(variant.name).length >= round || failed[variant.name] !== undefined) continue
      say(`${title}, round ${round} of ${rounds}: ${variant.name} ...`)
      try {
        const numbers = await variant.run({ round })
        await results.add(variant.name, { round, at: new Date().toISOString(), ...numbers })
        say(`  ${headline} ${show(numbers[headline])}`)
      } catch (error) {
        if (!keepGoing) throw error
        failed[variant.name] = error.message
        say(`  failed: ${error.stack}`)
      }
    }
  }
  if (keepGoing) await results.note('failed', failed)
  else await results.write()
  const medians = results.medians()
  const rows = variants.filter(({ name: variant }) => medians[variant] !== undefined)
  const ratio = ({ name: variant }) => {
    const [top, bottom] = [medians[variant][headline], medians[against]?.[headline]]
    return inverse ? bottom / top : top / bottom
  }
  const table = tableOf(
    [
      { name: title, value: ({ name: variant }) => variant },
      ...columns.map(({ name: column, value, digits }) => ({
        name: column,
        digits,
        value: ({ name: variant }) => value(medians[variant]),
      })),
      ...(against === undefined
        ? []
        : [{ name: inverse ? `${against} ÷ it` : `it ÷ ${against}`, value: ratio, digits: 2 }]),
    ],
    rows,
  )
  process.stdout.write(`\n${table}\n\n`)
  for (const [variant, why] of Object.entries(failed)) process.stdout.write(`${variant} failed: ${why}\n`)
  return { medians, failed, path: results.path }
}

export const loadColumns = [
  { name: 'per second', value: ({ perSecond }) => perSecond, digits: 0 },
  { name: 'p50 ms', value: ({ p50 }) => p50 },
  { name: 'p90 ms', value: ({ p90 }) => p90 },
  { name: 'p99 ms', value: ({ p99 }) => p99 },
]

export function say(line) {
  process.stderr.write(`bench: ${line}\n`)
}
