/** Judges what the operating system says of disk, files, memory and ways out. Pure. */
import type { Tried } from './connecting.ts'
import { describeFault } from './net-fault.ts'
import { fail, pass, type Seen, unknown } from './report.ts'

const MIB = 1024 * 1024

// 512 MiB: a few of the largest documents, and the spool for an hour without a database.
const LEAST_DISK_BYTES = 512 * MIB
// 1,000: each object is a file, and each write makes another for a moment.
const LEAST_INODES = 1_000
// 1,024: sockets to the database, the sources and the callers, with room for a rush.
const LEAST_FILES = 1_024
// 96 MiB: what one document of the usual size takes while it is handled.
const LEAST_MEMORY_BYTES = 96 * MIB

export interface Disk {
  bsize: number
  blocks: number
  bavail: number
  files: number
  ffree: number
}

export function judgeDisk({ bsize, bavail, files, ffree }: Disk, path: string): Seen {
  const free = bsize * bavail
  if (free < LEAST_DISK_BYTES) {
    return fail('HOST01', `${inMib(free)} are free where ${path} lies`, 'Make room, or move the data directory.')
  }
  // File systems that make their entries as they need them say 0 of 0.
  if (files > 0 && ffree < LEAST_INODES) {
    return fail(
      'HOST01',
      `room for ${ffree} more files where ${path} lies`,
      'Delete small files there, or move the data directory.',
    )
  }
  return pass(`${inMib(free)} are free where ${path} lies`)
}

export function judgeFiles(limits: string | null, open: number | null): Seen {
  const [, soft] = /^Max open files\s+(\d+|unlimited)/m.exec(limits ?? '') ?? []
  if (soft === undefined) return unknown('this system does not tell how many files may be open')
  const most = soft === 'unlimited' ? Number.POSITIVE_INFINITY : Number(soft)
  const told = open === null ? `${soft} files may be open` : `${open} of ${soft} files are open`
  const remedy =
    'Raise it: `ulimit -n 65536`, LimitNOFILE=65536 in a systemd unit, or `--ulimit nofile=65536` for a container.'
  if (most < LEAST_FILES) return fail('HOST02', `${told}, sockets among them`, remedy)
  return open !== null && open > most * 0.9 ? fail('HOST02', `${told}, sockets among them`, remedy) : pass(told)
}

export function judgeMemory({ available, limit }: { available: number | null; limit: number | null }): Seen {
  if (available === null) return unknown('this system does not tell how much memory is left')
  // What nobody limits is told as a number larger than any machine.
  const isLimited = limit !== null && limit > 0 && limit < Number.MAX_SAFE_INTEGER
  const told = `${inMib(available)} of memory are left${isLimited ? ` of ${inMib(limit)} allowed` : ''}`
  if (available >= LEAST_MEMORY_BYTES) return pass(told)
  return fail('HOST03', told, 'Give it more memory, or lower `worker.slots`.')
}

export function judgeEgress(tried: readonly (Tried & { host: string })[]): Seen {
  const six = tried.filter(({ family }) => family === 6)
  if (six.length === 0) return pass('nothing that is configured has an IPv6 address: nothing needs a way there')
  const open = six.find(({ kind }) => kind === 'open')
  if (open !== undefined) return pass(`${open.host} answered over IPv6`)
  const closed = six.flatMap((one) => (one.kind === 'closed' ? [`${one.host}: ${describeFault(one.fault)}`] : []))
  const masked = tried.some(({ family, kind }) => family === 4 && kind === 'open')
  const evidence = `no way out over IPv6 (${closed.slice(0, 3).join('; ')})`
  return fail(
    'NET02',
    masked ? `${evidence}; IPv4 hides it where a host has both` : evidence,
    'Give this machine IPv6, or let every host that is configured have an IPv4 address.',
  )
}

function inMib(bytes: number): string {
  return `${Math.floor(bytes / MIB)} MiB`
}
