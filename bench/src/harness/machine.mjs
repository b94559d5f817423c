/** What a result was measured on and with: no number is of use without it. */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import os from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { promisify } from 'node:util'
import { bench, checkout, measuredNode, nodeFlags } from './paths.mjs'

const run = promisify(execFile)

export function machine() {
  const [first] = os.cpus()
  return {
    cpu: first?.model ?? 'unknown',
    cores: os.availableParallelism(),
    memoryBytes: os.totalmem(),
    system: `${os.type()} ${os.release()} ${os.arch()}`,
  }
}

/** `postgres`: its version, where one takes part. */
export async function versions({ postgres } = {}) {
  const [{ stdout: node }, commit, lock] = await Promise.all([
    run(measuredNode(), ['--version']),
    commitOf(),
    readFile(join(bench, 'package-lock.json'), 'utf8').then(JSON.parse),
  ])
  const { dependencies, optionalDependencies } = lock.packages['']
  // Node itself is told above.
  const names = Object.keys({ ...dependencies, ...optionalDependencies }).filter((name) => !name.startsWith('node-'))
  const peers = names.sort().map((name) => [name, lock.packages[`node_modules/${name}`].version])
  return {
    becket: commit,
    node: [node.trim().slice(1), ...nodeFlags].join(' '),
    harness: process.versions.node,
    postgres,
    ...Object.fromEntries(peers),
  }
}

/** With a `+` where the checkout has changes that are not committed. */
async function commitOf() {
  try {
    const { stdout: commit } = await run('git', ['rev-parse', '--short', 'HEAD'], { cwd: checkout })
    const { stdout: changes } = await run('git', ['status', '--porcelain', '--', 'packages'], { cwd: checkout })
    return `${commit.trim()}${changes === '' ? '' : '+'}`
  } catch {
    return 'unknown'
  }
}
