/**
 * Completes package-lock.json after a dependency was added. npm leaves out the optional packages of other platforms when
 * it could not fetch them or installed beside an existing node_modules; `npm ci` then refuses the lock file as out of
 * step. The entries added here say what the dependent asked for, and on which platform it is of use.
 */
import { readFileSync, writeFileSync } from 'node:fs'

const file = new URL('../package-lock.json', import.meta.url)
const lock = JSON.parse(readFileSync(file, 'utf8'))
const added = []

for (const [path, entry] of Object.entries(lock.packages)) {
  for (const [name, range] of Object.entries(entry.optionalDependencies ?? {})) {
    if (isResolvable(path, name)) continue
    if (!/^\d/.test(range)) throw new Error(`${path} asks for ${name} ${range}: only exact versions can be completed`)
    lock.packages[`node_modules/${name}`] = { version: range, ...platformOf(name), optional: true }
    added.push(name)
  }
}

lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`)
console.log(added.length === 0 ? 'Nothing was missing.' : `Added ${added.length}: ${added.join(', ')}`)

/** As Node looks for it: beside the dependent, then in each folder above. */
function isResolvable(path, name) {
  for (let from = path; ; from = from.slice(0, Math.max(from.lastIndexOf('/node_modules/'), 0))) {
    if (lock.packages[`${from === '' ? '' : `${from}/`}node_modules/${name}`] !== undefined) return true
    if (from === '') return false
  }
}

function platformOf(name) {
  const words = name.replace(/^@[^/]+/, '').split(/[^a-z0-9]+/)
  const pick = (known) => words.filter((word) => known.includes(word))
  const os = pick([
    'android',
    'darwin',
    'freebsd',
    'linux',
    'netbsd',
    'openbsd',
    'openharmony',
    'sunos',
    'win32',
    'aix',
  ])
  const cpu = pick(['arm', 'arm64', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64'])
  const libc = words.some((word) => word.startsWith('musl')) ? ['musl'] : words.includes('gnu') ? ['glibc'] : []
  return Object.fromEntries(Object.entries({ cpu, libc, os }).filter(([, values]) => values.length > 0))
}
