/** Processor time and resident memory of processes, from /proc; nothing where there is no /proc. */
import { readdir, readFile } from 'node:fs/promises'

// Linux counts in hundredths of a second for whoever asks through /proc.
const TICKS_PER_SECOND = 100
// 4 KiB on x64, and on arm64 as most distributions build it.
const PAGE_BYTES = 4_096

/**
 * Of a process and all its children, those that ended included, so that no connection's work is missed. Memory is the sum
 * of what is resident, shared pages counted in each: for PostgreSQL an upper bound.
 */
export async function usageOf(pid) {
  const stats = await treeOf(pid)
  if (stats.length === 0) return undefined
  let ticks = stats[0].buriedTicks
  let pages = 0
  for (const stat of stats) {
    ticks += stat.ticks
    pages += stat.pages
  }
  return { cpuSeconds: ticks / TICKS_PER_SECOND, residentBytes: pages * PAGE_BYTES }
}

async function treeOf(root) {
  const all = await readdir('/proc').catch(() => [])
  const stats = (await Promise.all(all.filter((name) => /^\d+$/.test(name)).map(read))).filter(Boolean)
  const found = stats.filter(({ pid }) => pid === root)
  for (let index = 0; index < found.length; index++) {
    found.push(...stats.filter(({ parent }) => parent === found[index].pid))
  }
  return found
}

async function read(name) {
  const text = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  // The name stands in parentheses and may hold anything.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return {
    pid: Number(name),
    parent: Number(fields[1]),
    ticks: Number(fields[11]) + Number(fields[12]),
    buriedTicks: Number(fields[13]) + Number(fields[14]),
    pages: Number(fields[21]),
  }
}
