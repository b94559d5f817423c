/**
 * Makes a checkout ready: installs if the lock file or Node's major version changed, builds if sources changed. Needs
 * nothing but Node and npm. Speaks on stderr only, so that a command after it keeps stdout to itself.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { withLock } from './lock.mjs'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))

const INSTALLED = join(root, 'node_modules', '.becket-installed')
const BUILT = join(root, 'packages', 'server', 'dist', '.becket-built')
const LOCK = join(root, '.setup.lock')

/** `build: false` installs only. Ends the process with a message if it cannot be done. */
export async function setUp({ build = true } = {}) {
  refuseOldNode()
  try {
    // Asked first without the lock: where everything is there, even a checkout that we may not write to will do.
    if (isInstalled() && (!build || isBuilt())) return
    await withLock(LOCK, say, async () => {
      if (!isInstalled()) await install()
      if (build && !isBuilt()) await buildAll()
    })
  } catch (error) {
    const mayNotWrite = error.code === 'EACCES' || error.code === 'EPERM' || error.code === 'EROFS'
    say(
      mayNotWrite
        ? `this user may not write in ${root}: run it as the owner, or in a clone of your own`
        : error.message,
    )
    process.exit(1)
  }
}

function refuseOldNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > 20 || (major === 20 && minor >= 19)) return
  say(`Node ${process.versions.node} is too old: Becket needs Node 20.19 or newer.`)
  say('Install a newer one from https://nodejs.org, then run the command again.')
  process.exit(1)
}

function isInstalled() {
  const stamp = installStamp()
  const stamped = readOr(INSTALLED)
  if (stamped === stamp) return true
  // `npm ci` or `npm install` by hand left the same; it need not be done again, unless for another Node or machine.
  if ((stamped !== '' && stamped.split(' ')[0] !== stamp.split(' ')[0]) || !installedAsLocked()) return false
  try {
    writeFileSync(INSTALLED, stamp)
  } catch {
    // Another user's checkout: asked again next time.
  }
  return true
}

function installStamp() {
  const machine = `node-${process.versions.node.split('.')[0]}-${process.platform}-${process.arch}`
  return `${machine} ${hash(readFileSync(join(root, 'package-lock.json')))}`
}

/** Compares npm's own record of what is in node_modules with the lock file. */
function installedAsLocked() {
  const locked = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages
  const present = JSON.parse(readOr(join(root, 'node_modules', '.package-lock.json')) || '{"packages":{}}').packages
  const wanted = Object.entries(locked).filter(([path]) => path.includes('node_modules/'))
  return wanted.every(([path, { version, optional, devOptional, peer }]) =>
    present[path] === undefined ? optional || devOptional || peer : present[path].version === version,
  )
}

async function install() {
  const npm = process.env.npm_execpath?.endsWith('.js') ? [process.execPath, process.env.npm_execpath] : ['npm']
  // A NODE_ENV of production would leave out what the build needs.
  await step('installing the packages (npm ci)', [...npm, 'ci', '--include=dev', '--include=optional'])
  writeFileSync(INSTALLED, installStamp())
}

function isBuilt() {
  return readOr(BUILT) === sourceHash() && existsSync(join(root, 'packages', 'server', 'dist'))
}

async function buildAll() {
  const before = sourceHash()
  const node = process.execPath
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  await step('building the server (tsc)', [node, tsc, '-b', 'packages/server'])
  const dashboard = join(root, 'packages', 'dashboard')
  if (existsSync(join(dashboard, 'index.html'))) {
    const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js')
    await step('building the dashboard (vite)', [node, vite, 'build', '--outDir', PUBLIC, '--emptyOutDir'], dashboard)
  }
  mkdirSync(dirname(BUILT), { recursive: true })
  writeFileSync(BUILT, before)
}

/** Of everything that the build reads, by content: a checkout sets new times without changing anything. */
function sourceHash() {
  const digest = createHash('sha256').update(readFileSync(join(root, 'package-lock.json')))
  digest.update(readFileSync(join(root, 'tsconfig.base.json')))
  for (const name of readdirSync(join(root, 'packages')).sort()) addFolder(digest, join(root, 'packages', name))
  return digest.digest('hex')
}

const NOT_SOURCES = new Set(['node_modules', 'dist', 'dist-types', 'test', 'migrations', 'coverage'])
const PUBLIC = join(root, 'packages', 'server', 'public')

function addFolder(digest, folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) {
      if (!NOT_SOURCES.has(entry.name) && path !== PUBLIC) addFolder(digest, path)
    } else if (!entry.name.includes('.test.') && !entry.name.endsWith('.tsbuildinfo')) {
      digest.update(`${path.slice(root.length)}\0`).update(readFileSync(path))
    }
  }
}

/** Runs one command with its output on stderr, and says how long it took. */
async function step(what, [command, ...args], cwd = root) {
  say(`${what} ...`)
  const began = performance.now()
  const child = spawn(command, args, {
    cwd,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32' && command === 'npm',
  })
  const code = await new Promise((done, failed) => {
    child.on('error', failed)
    child.on('exit', (status, signal) => done(status ?? signal))
  })
  if (code !== 0) throw new Error(`${what} failed (${code}): see above`)
  say(`${what}: ${((performance.now() - began) / 1000).toFixed(1)} s`)
}

function readOr(path, otherwise = '') {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return otherwise
  }
}

function hash(content) {
  return createHash('sha256').update(content).digest('hex')
}

function say(line) {
  process.stderr.write(`becket: ${line}\n`)
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await setUp({ build: process.argv.includes('--build') })
}
