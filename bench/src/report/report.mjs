/** Makes `docs/reference/performance.md` of the results that there are. Measures nothing. */
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readArguments } from '../harness/arguments.mjs'
import { checkout, results } from '../harness/paths.mjs'
import { readResults } from '../harness/results.mjs'
import { barsOf } from './bars.mjs'
import { pageOf } from './page.mjs'

export async function run(args) {
  const { to } = readArguments('report', args, { to: join(checkout, 'docs', 'reference', 'performance.md') })
  const all = await readAll()
  await writeFile(to, pageOf(all, await readFile(to, 'utf8').catch(whenMissing)))
  const bars = barsOf(all)
  const count = (wanted) => bars.filter(({ isMet }) => isMet === wanted).length
  process.stdout.write(`${to}: ${count(true)} met, ${count(false)} not met, ${count(null)} not measured\n`)
}

/** Writes nothing: proves that a page can be made of what there is. */
export async function short() {
  pageOf(await readAll(), undefined)
}

/** Those of the short forms prove that something works, and are no results. */
async function readAll() {
  const files = (await readdir(results).catch(whenMissing)) ?? []
  const names = files.filter((file) => file.endsWith('.json')).map((file) => file.slice(0, -'.json'.length))
  const wanted = names.filter((name) => !name.endsWith('-short')).sort()
  return Object.fromEntries(await Promise.all(wanted.map(async (name) => [name, await readResults(name)])))
}

/** Not there yet is no error; everything else is. */
function whenMissing(error) {
  if (error.code === 'ENOENT') return undefined
  throw error
}
