/**
 * `npm run bench -- <suite> [options]`: installs what the peers need, builds Becket if its sources changed, runs one suite,
 * or all. Each suite is a folder of src with a module of its own name, which exports `run(args)` and, for CI, `short()`: that
 * does without the peers that take hundreds of megabytes, which are the optional packages, and says only whether it works.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { inspect } from 'node:util'
import { endWithParent } from '../scripts/parent.mjs'
import { setUp } from '../scripts/setup.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const suites = ['loop', 'tune', 'profile', 'intake', 'jobs', 'growth', 'outage', 'recovery', 'report']
// Beside the suite that they look into.
const folders = { tune: 'loop', profile: 'loop' }
// All without these, in the order of a full run: what the others are held against comes first.
const everything = ['loop', 'intake', 'jobs', 'outage', 'recovery', 'growth', 'report']
// 3 min: a short form takes some seconds, on a busy machine half a minute; more is a fault, and CI must hear of it.
const SHORT_MS = 180_000

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
  say(process.env.BENCH_DEBUG === undefined ? error.message : inspect(error))
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
  if (isShort) {
    // Numbers from a second or two are none: they are kept apart, and not for long.
    process.env.BENCH_RESULTS ??= join(here, '.data', 'short-results')
    // The pinned one is among what is left out. The peers of the short forms run on Node 20 as well.
    process.env.BENCH_NODE ??= process.execPath
  }
  if (!isBuilt) await setUp()
  await install({ withLarge: !isShort })
  const names = suite === undefined ? everything.filter(moduleOf) : [suite]
  if (isShort) return runShort(names)
  for (const name of names) {
    const { run } = await import(pathToFileURL(moduleOf(name)).href)
    await run(options)
  }
}

async function runShort(names) {
  const took = []
  for (const name of names) {
    const { short } = await import(pathToFileURL(moduleOf(name)).href)
    if (short === undefined) throw new Error(`${name} has no short form: leave --short out`)
    const began = performance.now()
    const overdue = setTimeout(() => {
      say(`${name} --short is not done after ${SHORT_MS / 1_000} s: it hangs; what it did last stands above`)
      // Not only rejected: what hangs may hold this process. Whatever it started ends with it.
      process.exit(1)
    }, SHORT_MS)
    try {
      await short()
    } catch (error) {
      throw new Error(`${name} --short: ${error.message}`, { cause: error })
    } finally {
      clearTimeout(overdue)
    }
    took.push(`${name} ${((performance.now() - began) / 1_000).toFixed(0)} s`)
  }
  say(`these work: ${took.join(', ')}. Nothing was measured: that takes a run without --short`)
}

function moduleOf(suite) {
  if (!suites.includes(suite)) return undefined
  const path = join(here, 'src', folders[suite] ?? suite, `${suite}.mjs`)
  return existsSync(path) ? path : undefined
}

/** Again only when the lock file or the machine is another, or the large packages are wanted and were left out. */
async function install({ withLarge }) {
  const stamp = join(here, 'node_modules', '.becket-bench-installed')
  const lock = createHash('sha256')
    .update(readFileSync(join(here, 'package-lock.json')))
    .digest('hex')
  const machine = `${process.platform}-${process.arch} ${lock}`
  const stamped = existsSync(stamp) ? readFileSync(stamp, 'utf8') : ''
  if (stamped === `${machine} all` || (!withLarge && stamped === `${machine} small`)) return
  say(`installing the peers${withLarge ? '' : ' that the short forms need'} (npm ci) ...`)
  rmSync(stamp, { force: true })
  // Said here, since `npm run` hands the settings of the checkout down: what a package asks for is a newer Node than this one.
  const args = ['ci', '--loglevel=error', '--engine-strict=false', withLarge ? '--include=optional' : '--omit=optional']
  const child = spawn('npm', args, { cwd: here, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' })
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', resolve)
  })
  if (code !== 0) throw new Error(`npm ci in ${here} failed (${code}): see above`)
  if (withLarge) refuseMissing()
  writeFileSync(stamp, `${machine} ${withLarge ? 'all' : 'small'}`)
}

/** npm says nothing where an optional package could not be fetched; its contender would fail, an hour later. */
function refuseMissing() {
  const { optionalDependencies } = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8'))
  // Those of other platforms are rightly absent.
  const wanted = Object.keys(optionalDependencies).filter((name) => !name.startsWith('node-'))
  const missing = wanted.filter((name) => !existsSync(join(here, 'node_modules', name)))
  if (missing.length > 0) throw new Error(`npm ci could not fetch ${missing.join(', ')}: run this again when it can`)
}

function say(line) {
  process.stderr.write(`bench: ${line}\n`)
}
