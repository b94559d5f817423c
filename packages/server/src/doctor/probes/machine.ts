/**
 * What this machine has left, and whether it gets out over IPv6: found by connecting to what is configured, since an
 * address on an interface is no proof of a way out. Asks nobody who is not configured.
 */
import { readdir, readFile, statfs } from 'node:fs/promises'
import { type Resolve, resolveFamilies } from './addresses.ts'
import { type Connect, tryAddresses } from './connecting.ts'
import { type ClockReading, judgeClock } from './judge-clock.ts'
import { judgeDisk, judgeEgress, judgeFiles, judgeMemory } from './judge-machine.ts'
import { climb, type Rung } from './ladder.ts'
import { type ProbeReport, type Seen, unknown } from './report.ts'
import { createScrub } from './scrub.ts'

export interface Endpoint {
  host: string
  port: number
}

export interface MachineProbeOptions {
  signal: AbortSignal
  /** Where Becket keeps its data; must exist. */
  dataDir: string
  /** Whatever is configured and lies on the network. */
  endpoints?: readonly Endpoint[]
  limitMs?: number
  /** What the operating system says; for tests. */
  machine?: Partial<Machine>
  resolve?: Resolve
  connect?: Connect
}

export interface Machine {
  disk(path: string): Promise<{ bsize: number; blocks: number; bavail: number; files: number; ffree: number }>
  /** `/proc/self/limits`; null where there is none. */
  limits(): Promise<string | null>
  openFiles(): Promise<number | null>
  /** Bytes: what this process may still take, and what it may have at most. Null where nobody says. */
  memory(): { available: number | null; limit: number | null }
}

export async function probeMachine(options: MachineProbeOptions): Promise<ProbeReport[]> {
  const { signal, dataDir, limitMs = 5_000 } = options
  const machine: Machine = { ...thisMachine, ...options.machine }
  const rung = (name: string, code: Rung['code'], ask: (asking: AbortSignal) => Promise<Seen>): Rung => {
    // None of them stands on another.
    const late = { ...unknown(`no answer within ${limitMs} ms`), goesOn: true }
    return { name, code, limitMs, late, ask: async (asking) => ({ ...(await ask(asking)), goesOn: true }) }
  }
  const rungs = [
    rung('disk', 'HOST01', async () => judgeDisk(await machine.disk(dataDir), dataDir)),
    rung('open files', 'HOST02', async () => judgeFiles(await machine.limits(), await machine.openFiles())),
    rung('memory', 'HOST03', async () => judgeMemory(machine.memory())),
    rung('IPv6', 'NET02', (asking) => askEgress(asking, limitMs, options)),
  ]
  const climbs = await Promise.all(rungs.map((one) => climb('machine', [one], { scrub: createScrub([]), signal })))
  return climbs.flatMap(({ reports }) => reports)
}

/** This machine's clock beside others', as they told it while they were asked something else. */
export function judgeClocks(readings: readonly ClockReading[], toleranceMs?: number): ProbeReport {
  const seen = readings.map((reading) => judgeClock(reading, toleranceMs))
  const worst =
    seen.find(({ status }) => status === 'fail') ??
    seen.find(({ status }) => status === 'pass') ??
    unknown('nobody told the time')
  const { status, evidence, remedy = null } = worst
  const told = status === 'pass' ? `${readings.map(({ of }) => of).join(', ')}: no clock is off` : evidence
  return { target: 'machine', rung: 'clock', status, code: 'CLK01', evidence: told, remedy, tookMs: 0 }
}

async function askEgress(signal: AbortSignal, limitMs: number, options: MachineProbeOptions): Promise<Seen> {
  const { endpoints = [], resolve, connect } = options
  const tried = await Promise.all(
    endpoints.map(async ({ host, port }) => {
      const resolved = await resolveFamilies(host, resolve)
      const addresses = resolved.kind === 'found' ? resolved.addresses : []
      // One of each family tells of the way; the others of a host are its own matter.
      const firsts = ([4, 6] as const).flatMap((family) => addresses.find((one) => one.family === family) ?? [])
      const answers = await tryAddresses(firsts, { port, limitMs, signal, ...(connect !== undefined && { connect }) })
      return answers.map((answer) => ({ ...answer, host }))
    }),
  )
  const all = tried.flat()
  if (endpoints.length > 0 && all.length === 0) return unknown('no name that is configured has an address to try')
  return judgeEgress(all)
}

const thisMachine: Machine = {
  disk: (path) => statfs(path),
  limits: () => readOrNull('/proc/self/limits'),
  async openFiles() {
    try {
      return (await readdir('/proc/self/fd')).length
    } catch {
      // Not a Linux: the limit alone is told then.
      return null
    }
  },
  memory: () => ({
    available: 'availableMemory' in process ? process.availableMemory() : null,
    limit: process.constrainedMemory() ?? null,
  }),
}

async function readOrNull(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8')
  } catch {
    return null
  }
}
