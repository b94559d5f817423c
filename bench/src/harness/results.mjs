/** `bench/results/<name>.json`: every single run, written as soon as it is done, so that a long suite can be gone on with. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { machine, versions } from './machine.mjs'
import { results } from './paths.mjs'

/**
 * Opens the results of one suite. With `resume`, runs made before with the same settings count; without it, or where the
 * settings differ, the file begins anew.
 */
export async function openResults({ name, settings, postgres, resume = false }) {
  const path = join(results, `${name}.json`)
  const found = resume ? await readResults(name) : undefined
  const goesOn = found !== undefined && JSON.stringify(found.settings) === JSON.stringify(settings)
  if (found !== undefined && !goesOn) process.stderr.write(`bench: ${path} was made with other settings: begun anew\n`)
  const kept = {
    suite: name,
    date: new Date().toISOString(),
    machine: machine(),
    versions: await versions({ postgres }),
    settings,
    runs: goesOn ? found.runs : {},
    medians: {},
  }
  return {
    path,
    settings,
    runs: (variant) => kept.runs[variant] ?? [],
    medians: () => kept.medians,
    async add(variant, run) {
      kept.runs[variant] = [...(kept.runs[variant] ?? []), run]
      await this.write()
    },
    /** Whatever else the suite found out, beside its runs. */
    async note(key, value) {
      kept[key] = value
      await this.write()
    },
    async write() {
      kept.medians = Object.fromEntries(Object.entries(kept.runs).map(([variant, runs]) => [variant, mediansOf(runs)]))
      await mkdir(results, { recursive: true })
      await writeFile(`${path}.new`, `${JSON.stringify(kept, null, 2)}\n`)
      await rename(`${path}.new`, path)
    },
  }
}

/** Undefined where the suite has none. */
export async function readResults(name) {
  const text = await readFile(join(results, `${name}.json`), 'utf8').catch(() => undefined)
  return text === undefined ? undefined : JSON.parse(text)
}

/** Of each number by itself, through objects within; what is no number comes from the last run. */
export function mediansOf(runs) {
  const last = runs.at(-1)
  return Object.fromEntries(
    Object.entries(last).map(([key, value]) => {
      const values = runs.map((run) => run[key]).filter((other) => other !== undefined && other !== null)
      if (typeof value === 'number') return [key, median(values)]
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) return [key, mediansOf(values)]
      return [key, value]
    }),
  )
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
