/** What is asked over the network for one service, and what is known of what is asked. Asks nothing itself. */
import type { CheckCode } from '../core/doctor/checks.ts'
import type { Finding } from '../core/doctor/finding.ts'
import type { Look } from '../core/doctor/service-environment.ts'
import type { ProbeReport } from './probes/report.ts'
import type { ProbeTargets } from './probes/run-probes.ts'

/** How a target is called in findings, and what depends on it. */
export interface Dependent {
  /** The variable or option that names it. */
  subject: string
  /** The service does not work without it. */
  isHard: boolean
  /** What is not done without it. */
  capability: string | null
}

export interface Remark {
  check: CheckCode
  evidence: string
}

export interface Probing {
  look: Look
  targets: ProbeTargets
  /** By the name of the target: `database`, `source orders`. */
  dependents: Readonly<Record<string, Dependent>>
  /** What concerns nothing that is configured here: nothing can be wrong with it. */
  idle: readonly Remark[]
  /** What cannot be asked from here, with the reason. */
  unaskable: readonly Remark[]
  /** How it comes up, where that is known: INIT01 passes by it when what it cannot do without has answered. */
  start: string | null
  /** What a failure means for this service, where that is not what it means in general. */
  weigh?(report: ProbeReport): Partial<Pick<Finding, 'severity' | 'consequence'>>
  /** Every secret that is known, so that none gets into a finding. */
  secrets: readonly string[]
}

/** What each target can answer. */
const answeredBy = {
  database: ['DB', 'NET', 'KEY01', 'CLK', 'INIT01'],
  storage: ['STO', 'KEY01', 'KEY03', 'HOST01', 'INIT01'],
  sources: ['KEY01', 'CLK'],
  sinks: ['KEY01', 'CLK'],
  callback: ['HK'],
  machine: ['HOST', 'NET02', 'CLK'],
} as const satisfies Record<keyof ProbeTargets, readonly string[]>

/** Without those that can answer nothing that was asked for. */
export function limitTargets(targets: ProbeTargets, only: readonly string[]): ProbeTargets {
  const isWanted = (name: keyof ProbeTargets) =>
    only.length === 0 ||
    answeredBy[name].some((word) =>
      only.some((wanted) => wanted === word || isPartOf(wanted, word) || isPartOf(word, wanted)),
    )
  const { database, storage, sources, sinks, callback, machine } = targets
  return {
    ...(database !== undefined && isWanted('database') && { database }),
    ...(storage !== undefined && isWanted('storage') && { storage }),
    ...(sources !== undefined && isWanted('sources') && { sources }),
    ...(sinks !== undefined && isWanted('sinks') && { sinks }),
    ...(callback !== undefined && isWanted('callback') && { callback }),
    ...(machine !== undefined && isWanted('machine') && { machine }),
  }
}

/** `DB01` is part of `DB`. */
function isPartOf(code: string, group: string): boolean {
  return code.replace(/\d+$/, '') === group
}
