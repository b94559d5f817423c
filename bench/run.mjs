/**
 * `npm run bench -- <suite> [options]`: installs what the peers need, builds Becket if its sources changed, runs one suite,
 * or all. Each suite is a folder of src with a module of its own name, which exports `run(args)` and, for CI, `short()`.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { endWithParent } from '../scripts/parent.mjs'
import { setUp } from '../scripts/setup.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const suites = ['loop', 'tune', 'profile', 'intake', 'jobs', 'growth', 'outage', 'recovery', 'report']
// Beside the suite that they look into.
const folders = { tune: 'loop', profile: 'loop' }
// All without these, in the order of a full run: what the others are held against comes first.
const everything = ['loop', 'intake', 'jobs', 'outage', 'recovery', 'growth', 'report']

endWithParent()
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
])
  process.once(signal, () => process.exit(code))

try {
  await main(process.argv.slice(2))
  process.exit(0)
} catch (error) {
  process.stderr.write(`bench: ${process.env.BENCH_DEBUG === undefined ? error.message : error.stack}\n`)
  process.exit(1)
}

async function main(args) {
  const isSuite = args[0] !== undefined && !args[0].startsWith('--')
  const [suite, rest] = isSuite ? [args[0], args.slice(1)] : [undefined, args]
  if (suite !== undefined && moduleOf(suite) === undefined) {
    throw new Error(`no suite ${suite}; there are ${suites.filter(moduleOf).join(', ')}`)
  }
  // What is built is measured as it is: for who builds by hand.
  const isBuilt = rest.includes('--no-build')
  const isShort = rest.includes('--short')
  const options = rest.filter((option) => option !== '--no-build' && option !== '--short')
  // Numbers from a second or two are none: they are kept apart, and not for long.
  if (isShort) process.env.BENCH_RESULTS ??= join(here, '.data', 'short-results')
  if (!isBuilt) await setUp()
  await install()
  for (const name of suite === undefined ? everything.filter(moduleOf) : [suite]) {
    const { run, short } = await import(pathToFileURL(moduleOf(name)).href)
    if (!isShort) await run(options)
    else if (short !== undefined) await short()
  }
}

function moduleOf(suite) {
  if (!suites.includes(suite)) return undefined
  const path = join(here, 'src', folders[suite] ?? suite, `${suite}.mjs`)
  return existsSync(path) ? path : undefined
}

/** Again only when the lock file or the machine is another. */
async function install() {
  const stamp = join(here, 'node_modules', '.becket-bench-installed')
  const lock = createHash('sha256')
    .update(readFileSync(join(here, 'package-lock.json')))
    .digest('hex')
  const wanted = `${process.platform}-${process.arch} ${lock}`
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  process.stderr.write('bench: installing the peers (npm ci) ...\n')
  rmSync(stamp, { force: true })
  const child = spawn('npm', ['ci'], { cwd: here, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' })
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', resolve)
  })
  if (code !== 0) throw new Error(`npm ci in ${here} failed (${code}): see above`)
  writeFileSync(stamp, wanted)
}
