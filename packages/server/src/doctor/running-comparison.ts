/**
 * Installations that run, beside each other or beside files. Names are those that a running process tells; what it told
 * are fingerprints, so nothing here ever sees a value of one. Asks nobody; who asks them is the command line.
 */
import type { Change, InstanceSettings } from '@becket/client/contract'
import { type Comparison, compareEnvironments, type MarkedEnvironment } from '../core/doctor/compare.ts'
import { examine } from '../core/doctor/examine.ts'
import { type Finding, orderFindings } from '../core/doctor/finding.ts'
import { markVariables } from '../core/doctor/fingerprint.ts'
import { type Manifest, serviceOf } from '../core/doctor/manifest.ts'
import { parityFindings } from '../core/doctor/parity-checks.ts'
import { ONE_KEY, runningFindings } from '../core/doctor/running-parity.ts'
import type { Look, ServiceEnvironment } from '../core/doctor/service-environment.ts'
import { isDivided, readRunning } from './environments/running.ts'
import { ownManifest, ownServices } from './own-manifest.ts'
import { makeRunKey } from './run-key.ts'
import { runningManifest, withPlaces } from './running-manifest.ts'

/** What a running installation told. */
export interface Told {
  environment: string
  /** Those that are alive, newest first. */
  instances: readonly InstanceSettings[]
  /** Newest first. */
  changes: readonly Change[]
  /** When each grave finding that is open was first seen. */
  failures: readonly string[]
}

export type Side =
  | { kind: 'files'; name: string; environments: readonly ServiceEnvironment[] }
  | { kind: 'running'; name: string; told: Told }

export interface RunningComparison {
  comparison: Comparison
  findings: Finding[]
}

/** `key`: of the fingerprints of what files say; `keyId`: of the one that all are compared under, null where there is none. */
export function compareSides(sides: readonly Side[], key: Uint8Array, keyId: string | null): RunningComparison {
  const isApart = sides.some((side) =>
    side.kind === 'running'
      ? isDivided(side.told.instances)
      : side.environments.some(({ service }) => service !== WHOLE),
  )
  const installations = sides.flatMap((side) => (side.kind === 'running' ? [side.told.instances] : []))
  const names = sides.map(({ name }) => name)
  const { manifest, partial } = runningManifest(installations, names, installations.length < sides.length)
  const readings = sides.map((side) =>
    side.kind === 'running'
      ? readRunning(side.name, side.told.instances, keyId, isApart)
      : { environment: markFiles(side, manifest, key, isApart), incomparable: null },
  )
  const marked = readings.map(({ environment }) => withPlaces(environment, partial))
  const comparison = compareEnvironments(manifest, marked)
  const isIncomparable = readings.some(({ incomparable }) => incomparable !== null)
  const parity = parityFindings(manifest, comparison).map((finding) =>
    finding.check === 'ENV09' && partial.includes(finding.subject) ? missingPlace(finding, names[0] ?? '') : finding,
  )
  const running = runningFindings(sides.flatMap((side) => (side.kind === 'running' ? [standingOf(side)] : [])))
  const found = [
    ...textFindings(sides),
    // Whether its processes agree, each installation finds out by itself.
    ...parity.filter(({ check, isUnasked }) => isUnasked !== true || (check !== 'ENV08' && !isIncomparable)),
    ...(isIncomparable ? [incomparable(comparison)] : []),
    ...running,
  ]
  const isShared = running.some(({ check, status }) => check === 'RUN08' && status === 'fail')
  return { comparison, findings: orderFindings(isShared ? found.filter((each) => !isAddressOfDatabase(each)) : found) }
}

const [WHOLE] = ownServices

/** Said better by RUN08: whichever address leads there. */
function isAddressOfDatabase({ check, subject }: Finding): boolean {
  return check === 'ENV07' && subject === 'BECKET_DATABASE_URL'
}

/** It takes more than one value. */
function missingPlace(finding: Finding, reference: string): Finding {
  const { subject, environment = '' } = finding
  return {
    ...finding,
    evidence: `${subject} is configured in ${reference}, and not in ${environment}.`,
    remedy: `Configure ${subject} in ${environment} as in ${reference}, with keys of ${environment}.`,
  }
}

function markFiles(
  { name, environments }: Extract<Side, { kind: 'files' }>,
  manifest: Manifest,
  key: Uint8Array,
  isApart: boolean,
): MarkedEnvironment {
  const services = environments.flatMap((environment) => {
    const names = isApart && environment.service === WHOLE ? ownServices.slice(1) : [environment.service]
    return names.flatMap((each) => {
      const service = serviceOf(manifest, each)
      return service === undefined
        ? []
        : [{ service: each, marks: markVariables({ manifest, service, environment }, key), strangers: [] }]
    })
  })
  return { environment: name, services }
}

/** What is wrong with a file alone; what only a comparison tells is told by this one. */
function textFindings(sides: readonly Side[]): Finding[] {
  const manifest = ownManifest()
  const looks = sides.flatMap((side) =>
    side.kind === 'running'
      ? []
      : side.environments.flatMap((environment): Look[] => {
          const service = serviceOf(manifest, environment.service)
          return service === undefined ? [] : [{ manifest, service, environment }]
        }),
  )
  if (looks.length === 0) return []
  const { findings } = examine(manifest, looks, makeRunKey())
  return findings.filter(({ check, isUnasked }) => isUnasked !== true && !/^ENV0[789]$/.test(check))
}

function incomparable({ environments }: Comparison): Finding {
  return {
    check: 'ENV07',
    severity: 'critical',
    status: 'unknown',
    subject: environments.join(' and '),
    evidence: 'Whether values are equal was not compared: their fingerprints have different keys. What is set was.',
    consequence: 'A secret that both share, or a value that differs where it must not, would not be seen.',
    remedy: ONE_KEY,
  }
}

function standingOf({ name, told }: Extract<Side, { kind: 'running' }>) {
  const [first] = told.instances
  const { environment, changes, failures } = told
  return {
    name,
    environment,
    keyId: first?.keyId ?? null,
    database: first?.database ?? null,
    changes,
    failures,
  }
}
