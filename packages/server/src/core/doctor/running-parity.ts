/** RUN08, RUN09 and ENV12: what only running installations can tell of each other. Sees fingerprints, never a value. */

import type { Change } from '@becket/client/contract'
import { changesSinceGood } from './changes-since.ts'
import { type CheckCode, checkOf } from './checks.ts'
import type { Finding, FindingStatus } from './finding.ts'

export interface RunningSide {
  /** Its name in the comparison. */
  name: string
  /** What it says of itself. */
  environment: string | null
  /** Of the key that its fingerprints were made with. */
  keyId: string | null
  /** Fingerprint of the database that it works in; null where the database did not tell. */
  database: string | null
  /** Newest first. */
  changes: readonly Change[]
  /** When each grave finding that is open was first seen. */
  failures: readonly string[]
}

export function runningFindings(sides: readonly RunningSide[]): Finding[] {
  const pairs = sides.flatMap((one, index) => sides.slice(index + 1).map((other) => [one, other] as const))
  return [...pairs.map(([one, other]) => databaseFinding(one, other)), ...sides.map(changeFinding)]
}

function databaseFinding(one: RunningSide, other: RunningSide): Finding {
  const isOneEnvironment = one.environment !== null && one.environment === other.environment
  const check = isOneEnvironment ? 'RUN09' : 'RUN08'
  const base = { subject: 'database', environment: other.name }
  const both = `${one.name} and ${other.name}`
  if (one.database === null || other.database === null) {
    const silent = one.database === null ? one.name : other.name
    return findingOf(check, 'unknown', {
      ...base,
      evidence: `The database of ${silent} does not tell which one it is.`,
      remedy: `Let its user ask, in the database of ${silent}: grant execute on function pg_control_system() to USER. Start its processes again.`,
    })
  }
  if (one.keyId === null || one.keyId !== other.keyId) {
    return findingOf(check, 'unknown', {
      ...base,
      evidence: `Whether ${both} work in one database was not compared: their fingerprints have different keys.`,
      remedy: ONE_KEY,
    })
  }
  const isSame = one.database === other.database
  if (isSame === isOneEnvironment) {
    return findingOf(check, 'pass', {
      ...base,
      evidence: `${both} work in ${isSame ? 'one database' : 'two databases'}.`,
    })
  }
  if (isSame) {
    return findingOf(check, 'fail', {
      ...base,
      evidence: `${both} work in one and the same database. (One that was made as a copy of the other's disk tells the same.)`,
      remedy: `Give ${other.name} a database of its own: set database.url there, run becket migrate, and start its processes again.`,
    })
  }
  return findingOf(check, 'fail', {
    ...base,
    evidence: `${both} both say that they are ${one.environment ?? ''}, and work in two databases.`,
    remedy: `Set database.url of both to one address. If they are two environments, set \`environment\` of each to what it is.`,
  })
}

export const ONE_KEY =
  'Set doctor.compareKey (BECKET_DOCTOR_COMPARE_KEY) to one and the same value in both, and start their processes again.'

function changeFinding({ name, changes, failures }: RunningSide): Finding {
  const base = { subject: name, environment: name }
  const since = changesSinceGood(changes, failures)
  if (since === null) {
    return findingOf('ENV12', 'unknown', {
      ...base,
      evidence: `No good release of ${name} is among its latest changes.`,
      remedy: 'becket changes list tells what came before; becket findings list tells what is wrong since.',
    })
  }
  const known = `${since.release}, the last good release of ${name} (${minuteOf(since.at)})`
  if (since.changes.length === 0)
    return findingOf('ENV12', 'pass', { ...base, evidence: `Nothing changed since ${known}.` })
  const listed = since.changes.map((change) => `${minuteOf(change.at)} ${inWords(change)}`)
  return findingOf('ENV12', 'fail', { ...base, evidence: `Since ${known}, this changed: ${listed.join('; ')}.` })
}

/** `2030-01-01 10:00 UTC`. */
function minuteOf(at: string): string {
  return `${at.slice(0, 16).replace('T', ' ')} UTC`
}

// What somebody reads of one change.
const MAX_NAMES = 8

/** Fingerprints tell nobody anything: the names of what differs do. */
function inWords({ kind, subject, previous, present, detail }: Change): string {
  if (kind === 'configuration') {
    const names = Array.isArray(detail.settings) ? detail.settings.map(String) : []
    if (names.length === 0) return `configuration of ${subject}`
    const more = names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : ''
    return `configuration of ${subject}: ${names.slice(0, MAX_NAMES).join(', ')}${more}`
  }
  return `${kind} of ${subject}: ${previous ?? 'nothing'} → ${present}`
}

function findingOf(
  check: CheckCode,
  status: FindingStatus,
  said: Pick<Finding, 'subject' | 'evidence' | 'environment'> & { remedy?: string },
): Finding {
  const { severity, consequence, remedy } = checkOf(check)
  return { check, severity, status, consequence, remedy, ...said }
}
