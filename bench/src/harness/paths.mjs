/** Where things lie: the checkout, what was built of it, what is thrown away, what is kept. */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

export const bench = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
export const checkout = dirname(bench)
export const built = join(checkout, 'packages', 'server', 'dist')
export const becketMain = join(built, 'cli', 'main.js')
export const clientMain = join(checkout, 'packages', 'client', 'dist', 'index.js')
export const results = process.env.BENCH_RESULTS ?? join(bench, 'results')
/** On the disk of the checkout: in memory, an fsync costs nothing and every ratio is wrong. */
export const scratch = process.env.BENCH_SCRATCH ?? join(bench, '.data')

/**
 * For every measured process of Node: what is under way at a thousand requests a second outlives a young generation of the
 * usual size, and would be copied again and again.
 */
export const nodeFlags = ['--max-semi-space-size=64']

/**
 * The Node that every measured process runs under: the same for all. Several peers refuse Node 20, so it is the one that
 * bench/package.json pins, where there is one for this machine.
 */
export function measuredNode() {
  if (process.env.BENCH_NODE !== undefined) return process.env.BENCH_NODE
  const require = createRequire(import.meta.url)
  try {
    const path = join(dirname(require.resolve(`node-${process.platform}-${process.arch}/package.json`)), 'bin', 'node')
    if (existsSync(path)) return path
  } catch {
    // Not packaged for this machine: the one that runs this, if it is new enough for the peers.
  }
  if (Number(process.versions.node.split('.')[0]) >= 22) return process.execPath
  throw new Error(
    `The peers need Node 22.18 or newer, and none is packaged for ${process.platform}-${process.arch}: set BENCH_NODE to one.`,
  )
}
